/**
 * The line under the name in a call: how far the sound is, apart from the timer. A running timer alone does not mean that anybody
 * hears anything, and a lost socket alone does not mean that they don't: what arrives decides.
 */

import type { CallState } from "./call-state";
import type { Figures } from "./figures";

export interface SoundLine {
  text: string;
  /** How it is marked: `away` where something is wrong. */
  mark: "plain" | "waiting" | "one_way" | "both_ways" | "away";
}

const plain = (text: string): SoundLine => ({ text, mark: "plain" });
const waiting = (text: string): SoundLine => ({ text, mark: "waiting" });
const away = (text: string): SoundLine => ({ text, mark: "away" });

export function soundLine(call: CallState, online: boolean, figures: Pick<Figures, "arriving" | "packetsReceived">): SoundLine {
  const { arriving, packetsReceived } = figures;
  const talking = call.phase === "connected";
  if (call.cutOffAt !== undefined) return away("Trying to get the call back…");
  if (!online) {
    if (!talking) return away("Reconnecting…");
    return away(arriving === "sound" ? "Reconnecting… the call goes on" : "Reconnecting… no sound arrives");
  }
  if (call.rejoining) return away("Finding a new path for the audio…");
  if (call.phase === "preparing" || (call.phase === "answering" && call.offer === undefined)) return plain("Starting your microphone…");
  if (!talking) return call.sound === "negotiating" ? plain("") : waiting("Your audio is ready");
  if (call.sound === "negotiating") return waiting("Setting up audio…");
  // The server may know before this page has counted anything.
  if (call.sound === "path_open" || packetsReceived === 0) return { text: "Waiting to hear each other…", mark: "one_way" };
  return arriving === "sound" ? { text: "You hear each other", mark: "both_ways" } : away("No sound arrives at the moment");
}

/** Silence after the pick-up that is worth a word. */
const QUIET_AFTER_MS = 5_000;

/** What else a person should know while they talk; empty when all is well. */
export function talkHint(call: CallState, packetsReceived: number, now: number): string {
  const { name } = call.peer;
  if (call.microphoneGone) return `Your microphone was unplugged. ${name} cannot hear you.`;
  if (call.muted) return `You are muted. ${name} cannot hear you.`;
  if (call.phase !== "connected" || call.sound === "both_ways" || now - (call.connectedAt ?? now) < QUIET_AFTER_MS) return "";
  return packetsReceived > 0 ? `${name} may not hear you yet.` : `No sound from ${name} yet.`;
}
