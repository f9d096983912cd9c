/** How a call ends on the screen, and in which words. */

import { type CallState, type Effect, type Ending, type Step, send } from "./call-state";
import type { CallDirection, Closed, Outcome } from "./protocol";
import { MICROPHONE, type MicTrouble, opening, outcomeTitle, spoken } from "./words";

export function finish(state: CallState, ending: Ending, before: Effect[]): Step {
  const { offer: _said, advice: _read, panel: _open, cutOffAt: _over, ...rest } = state;
  const talked = ending.duration === undefined ? "" : ` Talked for ${spoken(ending.duration)}.`;
  return {
    state: { ...rest, phase: "ended", rejoining: false, ending },
    effects: [
      ...before,
      { do: "close_media" },
      { do: "tone", tone: ending.kind === "moved" ? "none" : "ended" },
      { do: "announce", text: `${ending.title}. ${ending.text}${talked}` },
    ],
  };
}

/** How to tell the server that this person is gone. */
export function leave(state: CallState): Effect[] {
  if (state.call) return [send({ type: "hang_up", call: state.call })];
  if (state.phase === "dialling" && state.wish) return [send({ type: "cancel", dial: state.wish.dial })];
  return [];
}

export function ownEnding(state: CallState, now: number): Ending {
  const outcome: Outcome = state.phase === "connected" ? "answered" : "cancelled";
  const duration = state.connectedAt === undefined ? {} : { duration: Math.max(0, Math.floor((now - state.connectedAt) / 1000)) };
  const title = outcomeTitle(outcome, "user_initiated");
  return { kind: "ended", title, text: "You ended the call.", reason: "user_hung_up", again: true, ...duration };
}

/** Nothing reached this page for so long that the call cannot go on. */
export function cutOff(state: CallState): Ending {
  const { connectedAt, cutOffAt } = state;
  const duration = connectedAt === undefined || cutOffAt === undefined ? {} : { duration: Math.max(0, Math.floor((cutOffAt - connectedAt) / 1000)) };
  return { kind: "ended", title: "Call lost", text: "The connection to the phone service was lost.", reason: "cut_off", again: true, ...duration };
}

interface Said {
  outcome: Outcome;
  text: string;
  reason: string;
  duration?: number;
}

export function serverEnding(said: Said, direction: CallDirection): Ending {
  const duration = said.duration === undefined ? {} : { duration: said.duration };
  return { kind: "ended", title: outcomeTitle(said.outcome, direction), text: said.text, reason: said.reason, again: true, ...duration };
}

export function microphoneEnding(trouble: MicTrouble): Ending {
  const { title, text } = MICROPHONE[trouble];
  return { kind: "microphone", title, text, reason: trouble, trouble, again: trouble !== "insecure" && trouble !== "unsupported" };
}

/** No calls at this hour. When there are, is told in the time of who reads it. */
export function closedEnding(refused: Ending, closed: Closed): Ending {
  const opens = closed.opens_at === undefined ? "" : ` It opens ${opening(closed.opens_at, closed.now)}, your time.`;
  return { ...refused, title: "Closed now", text: refused.text + opens, closed };
}

export const MISSED_END: Ending = {
  kind: "ended",
  title: "Call ended",
  text: "It ended while the connection was lost.",
  reason: "missed_end",
  again: true,
};

export const MEDIA_FAILED: Ending = {
  kind: "ended",
  title: "Call failed",
  text: "Your browser could not set up the audio of this call.",
  reason: "page_media",
  again: true,
};

export const MOVED: Ending = {
  kind: "moved",
  title: "Call moved",
  text: "You went on with this call in another window.",
  reason: "moved",
  again: false,
};
