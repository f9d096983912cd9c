/**
 * The call screen as a pure machine: a state and an event give a new state and effects. No socket, no audio, no clock.
 *
 * At most one call at a time. The screen follows the server; only two things are said before the server says them: that a
 * call is being placed, and that the person hung up.
 */

import type { CallView, ClientMessage, Entry, LiveCall, Outcome, Person, Recent, ServerMessage } from "./protocol";
import { MICROPHONE, OUTCOME_TITLE, type MicTrouble, clock, spoken } from "./words";

export type Phase =
  /** Waiting for the microphone and the offer. */
  | "preparing"
  /** The offer was sent; the server has not said that the call exists. */
  | "dialling"
  | CallView
  | "ended";

/** How far the sound is. */
export type Sound = "negotiating" | "path_open" | "both_ways";

export interface Wish {
  dial: string;
  entry: Entry;
  deeplink_payload?: string;
  cta_payload?: string;
}

export interface Ending {
  kind: "ended" | "refused" | "microphone" | "moved";
  title: string;
  text: string;
  reason: string;
  /** Whole seconds talked. */
  duration?: number;
  trouble?: MicTrouble;
  /** Whether calling again makes sense. */
  again: boolean;
}

export interface CallState {
  phase: Phase;
  peer: Person;
  /** Absent when this page took over a call that it did not place. */
  wish?: Wish;
  /** Kept until the server says that the call exists: it may have to be said again. */
  offer?: string;
  call?: string;
  sound: Sound;
  /** This page's audio is being set up anew for a live call. */
  rejoining: boolean;
  /** Counts the rejoins, so that a late answer to an earlier one is not applied to the next. */
  attempt: number;
  microphoneGone: boolean;
  muted: boolean;
  keypad: boolean;
  pressed: string;
  /** Page clock, in milliseconds, at which the timer started. */
  connectedAt?: number;
  ending?: Ending;
}

export type Event =
  | { on: "dial"; peer: Person; wish: Wish }
  | { on: "take_over"; live: LiveCall; now: number }
  | { on: "offer"; offer: string }
  | { on: "microphone_trouble"; trouble: MicTrouble }
  | { on: "microphone_gone" }
  | { on: "media_failed" }
  | { on: "media_lost" }
  | { on: "message"; message: ServerMessage; now: number }
  | { on: "hang_up"; now: number }
  | { on: "press"; digit: string }
  | { on: "mute"; muted: boolean }
  | { on: "keypad"; open: boolean }
  | { on: "dismiss" };

export type Tone = "calling" | "ringing" | "ended" | "none";

export type Effect =
  | { do: "open_media" }
  | { do: "renew_media" }
  | { do: "close_media" }
  | { do: "apply_answer"; answer: string }
  | { do: "mute"; muted: boolean }
  | { do: "send"; message: CallMessage }
  | { do: "tone"; tone: Tone }
  | { do: "key_tone"; digit: string }
  | { do: "announce"; text: string };

/** What a call has to say; the rest of the protocol is the socket's own business. */
export type CallMessage = Exclude<ClientMessage, { type: "ping" }>;

export interface Step {
  state: CallState | undefined;
  effects: Effect[];
}

/** Digits that the display keeps. */
const MAX_PRESSED = 64;

export function step(state: CallState | undefined, event: Event): Step {
  if (event.on === "dial") return isBusy(state) ? stay(state) : begin(event.peer, event.wish);
  if (event.on === "take_over") return isBusy(state) ? stay(state) : takeOver(event.live, event.now);
  if (!state) return stay(state);
  if (state.phase === "ended") return ended(state, event);

  switch (event.on) {
    case "offer":
      return offered(state, event.offer);
    case "microphone_trouble":
      // A call that was to be taken over lives on in the window that has it.
      return finish(state, microphoneEnding(event.trouble), state.wish ? leave(state) : []);
    case "microphone_gone":
      return { state: { ...state, microphoneGone: true }, effects: [{ do: "announce", text: `${state.peer.name} cannot hear you: your microphone is gone.` }] };
    case "media_failed":
      return finish(state, MEDIA_FAILED, leave(state));
    case "media_lost":
      return live(state)
        ? { state: { ...state, rejoining: true, sound: "negotiating" }, effects: [{ do: "renew_media" }] }
        : stay(state);
    case "message":
      return heard(state, event.message, event.now);
    case "hang_up":
      return finish(state, ownEnding(state, event.now), leave(state));
    case "press":
      return press(state, event.digit);
    case "mute":
      return {
        state: { ...state, muted: event.muted },
        effects: [{ do: "mute", muted: event.muted }, { do: "announce", text: event.muted ? "Microphone off" : "Microphone on" }],
      };
    case "keypad":
      return { state: { ...state, keypad: event.open }, effects: [] };
    case "dismiss":
      return stay(state);
  }
}

/** A call stands in the way of another one. */
export function isBusy(state: CallState | undefined): state is CallState {
  return state !== undefined && state.phase !== "ended";
}

function begin(peer: Person, wish: Wish): Step {
  return {
    state: { phase: "preparing", peer, wish, ...FRESH },
    effects: [{ do: "open_media" }, { do: "announce", text: `Calling ${peer.name}` }],
  };
}

function takeOver(found: LiveCall, now: number): Step {
  const { name, number, display } = found;
  const base: CallState = { phase: found.view, peer: { name, number, display }, call: found.call, ...FRESH, rejoining: true };
  return { state: withTimer(base, found.elapsed_ms, now), effects: [{ do: "open_media" }] };
}

function offered(state: CallState, offer: string): Step {
  if (state.rejoining && state.call) {
    const attempt = state.attempt + 1;
    return { state: { ...state, attempt }, effects: [send({ type: "rejoin", call: state.call, attempt, offer })] };
  }
  if (state.phase !== "preparing" || !state.wish) return stay(state);
  const next: CallState = { ...state, phase: "dialling", offer };
  return { state: next, effects: [...dialAgain(next), { do: "tone", tone: "calling" }] };
}

function press(state: CallState, digit: string): Step {
  if (!state.call || state.phase !== "connected" || !/^[0-9*#]$/.test(digit)) return stay(state);
  return {
    state: { ...state, pressed: (state.pressed + digit).slice(-MAX_PRESSED) },
    effects: [{ do: "key_tone", digit }, send({ type: "digit", call: state.call, digit })],
  };
}

/** What the server says of a call that goes on. */
function heard(state: CallState, message: ServerMessage, now: number): Step {
  if (message.type === "hello") return reconciled(state, message.call, message.recents, now);
  if (message.type === "dialled" && message.dial === state.wish?.dial && state.phase === "dialling") {
    const { offer: _said, ...rest } = state;
    return { state: { ...rest, phase: "calling", call: message.call }, effects: [{ do: "apply_answer", answer: message.answer }] };
  }
  if (message.type === "refused" && message.dial === state.wish?.dial) {
    return finish(state, { kind: "refused", title: "Call not placed", text: message.text, reason: message.reason, again: false }, []);
  }
  if (!("call" in message) || message.call !== state.call) return stay(state);
  switch (message.type) {
    case "calling":
      return stay(state);
    case "ringing":
      return view(state, "ringing", undefined, now);
    case "connected":
      return view(state, "connected", message.elapsed_ms, now);
    case "media":
      return { state: { ...state, sound: soundOf(message) }, effects: [] };
    case "ended":
      return finish(state, serverEnding(message), []);
    case "rejoined":
      return state.rejoining && message.attempt === state.attempt
        ? { state: { ...state, rejoining: false }, effects: [{ do: "apply_answer", answer: message.answer }] }
        : stay(state);
    case "rejoin_refused":
      return finish(state, { kind: "ended", title: "Call lost", text: message.text, reason: message.reason, again: true }, []);
    case "moved":
      return finish(state, MOVED, []);
    default:
      return stay(state);
  }
}

/** The socket is back: what the server knows now replaces what was missed. */
function reconciled(state: CallState, found: LiveCall | undefined, recents: Recent[], now: number): Step {
  // Said again, whether or not the first one arrived: the server answers a known dial id with the call that it has.
  if (state.phase === "dialling") return { state, effects: dialAgain(state) };
  if (!state.call) return stay(state);
  if (found?.call !== state.call) {
    const recent = recents.find((entry) => entry.call === state.call);
    const ending = recent
      ? serverEnding({ reason: recent.outcome, ...recent })
      : { kind: "ended" as const, title: "Call ended", text: "It ended while the connection was lost.", reason: "missed_end", again: true };
    return finish(state, ending, []);
  }
  const shown = view({ ...state, sound: soundOf(found) }, found.view, found.elapsed_ms, now);
  // A rejoin that was on its way when the socket broke is made again, with fresh audio.
  return state.rejoining ? { ...shown, effects: [...shown.effects, { do: "renew_media" }] } : shown;
}

/** Moves the screen forward, never back: a late "ringing" does not undo "connected". */
function view(state: CallState, to: CallView, elapsed: number | undefined, now: number): Step {
  const order: Phase[] = ["preparing", "dialling", "calling", "ringing", "connected"];
  if (order.indexOf(to) <= order.indexOf(state.phase)) return stay(to === "connected" ? withTimer(state, elapsed, now) : state);
  const next = withTimer({ ...state, phase: to }, elapsed, now);
  switch (to) {
    case "ringing":
      return { state: next, effects: [{ do: "tone", tone: "ringing" }, { do: "announce", text: `Ringing ${state.peer.name}` }] };
    case "connected":
      return { state: next, effects: [{ do: "tone", tone: "none" }, { do: "announce", text: `Connected to ${state.peer.name}` }] };
    case "calling":
      return stay(next);
  }
}

/** The screen after the end: only the server's own account may still replace ours, and the person may leave it. */
function ended(state: CallState, event: Event): Step {
  if (event.on === "dismiss") return { state: undefined, effects: [] };
  if (event.on === "message" && event.message.type === "ended" && event.message.call === state.call) {
    return stay({ ...state, ending: { ...serverEnding(event.message) } });
  }
  return stay(state);
}

function finish(state: CallState, ending: Ending, before: Effect[]): Step {
  const { offer: _said, ...rest } = state;
  const talked = ending.duration === undefined ? "" : ` Talked for ${spoken(ending.duration)}.`;
  return {
    state: { ...rest, phase: "ended", keypad: false, rejoining: false, ending },
    effects: [
      ...before,
      { do: "close_media" },
      { do: "tone", tone: ending.kind === "moved" ? "none" : "ended" },
      { do: "announce", text: `${ending.title}. ${ending.text}${talked}` },
    ],
  };
}

/** How to tell the server that this person is gone. */
function leave(state: CallState): Effect[] {
  if (state.call) return [send({ type: "hang_up", call: state.call })];
  if (state.phase === "dialling" && state.wish) return [send({ type: "cancel", dial: state.wish.dial })];
  return [];
}

function dialAgain(state: CallState): Effect[] {
  if (!state.wish || state.offer === undefined) return [];
  return [send({ type: "dial", number: state.peer.number, offer: state.offer, ...state.wish })];
}

function ownEnding(state: CallState, now: number): Ending {
  const outcome: Outcome = state.phase === "connected" ? "answered" : "cancelled";
  const duration = state.connectedAt === undefined ? {} : { duration: Math.max(0, Math.floor((now - state.connectedAt) / 1000)) };
  return { kind: "ended", title: OUTCOME_TITLE[outcome], text: "You ended the call.", reason: "user_hung_up", again: true, ...duration };
}

function serverEnding(said: { outcome: Outcome; text: string; reason: string; duration?: number }): Ending {
  const duration = said.duration === undefined ? {} : { duration: said.duration };
  return { kind: "ended", title: OUTCOME_TITLE[said.outcome], text: said.text, reason: said.reason, again: true, ...duration };
}

function microphoneEnding(trouble: MicTrouble): Ending {
  const { title, text } = MICROPHONE[trouble];
  return { kind: "microphone", title, text, reason: trouble, trouble, again: trouble !== "insecure" && trouble !== "unsupported" };
}

const MEDIA_FAILED: Ending = {
  kind: "ended",
  title: "Call failed",
  text: "Your browser could not set up the audio of this call.",
  reason: "page_media",
  again: true,
};

const MOVED: Ending = {
  kind: "moved",
  title: "Call moved",
  text: "You went on with this call in another window.",
  reason: "moved",
  again: false,
};

const FRESH = {
  sound: "negotiating" as const,
  rejoining: false,
  attempt: 0,
  microphoneGone: false,
  muted: false,
  keypad: false,
  pressed: "",
};

const send = (message: CallMessage): Effect => ({ do: "send", message });

const stay = (state: CallState | undefined): Step => ({ state, effects: [] });

const live = (state: CallState): boolean => state.call !== undefined && state.phase !== "ended";

const soundOf = (said: { path_open: boolean; audio_both_ways: boolean }): Sound =>
  said.audio_both_ways ? "both_ways" : said.path_open ? "path_open" : "negotiating";

/** The server's elapsed time wins over a timer that ran on while the socket was away. */
const withTimer = (state: CallState, elapsed: number | undefined, now: number): CallState =>
  elapsed === undefined ? state : { ...state, connectedAt: now - elapsed };

/** The line over the name: "Calling", "Ringing", then the timer (platform docs, What users see). */
export function status(state: CallState, now: number): string {
  switch (state.phase) {
    case "preparing":
    case "dialling":
    case "calling":
      return "Calling";
    case "ringing":
      return "Ringing";
    case "connected":
      return clock((now - (state.connectedAt ?? now)) / 1000);
    case "ended":
      return state.ending?.title ?? "Call ended";
  }
}
