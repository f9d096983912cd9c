/**
 * The call screen as a pure machine: a state and an event give a new state and effects. No socket, no audio, no clock.
 *
 * At most one call at a time. The screen follows the server; only two things are said before the server says them: that a
 * call is being placed or picked up, and that the person hung up or declined. `incoming.ts` has the calls that come in.
 */

import { type CallState, type Effect, type Ending, type Event, FRESH, type Phase, type Sound, type Step, type Wish, isBusy, send, stay } from "./call-state";
import { MEDIA_FAILED, MISSED_END, MOVED, closedEnding, cutOff, finish, leave, microphoneEnding, ownEnding, serverEnding } from "./ending";
import { answering, ring, ringing } from "./incoming";
import type { CallView, LiveCall, Person, Recent, ServerMessage } from "./protocol";
import { clock } from "./words";

/** Digits that the display keeps. */
const MAX_PRESSED = 64;

/** The server ends a call of which it hears nothing, after 30 s unless its operator says otherwise; this is well past that. */
const GIVEN_UP_AFTER_MS = 60_000;

/** A call moves through these, and never back. */
const ORDER: Phase[] = ["incoming", "preparing", "dialling", "answering", "calling", "ringing", "joining", "connected"];

export function step(state: CallState | undefined, event: Event): Step {
  if (event.on === "dial") return isBusy(state) ? stay(state) : begin(event.peer, event.wish);
  if (event.on === "take_over") return isBusy(state) ? stay(state) : takeOver(event.live, event.now);
  if (event.on === "incoming") return isBusy(state) ? stay(state) : ring(event.peer, event.call);
  if (!state) return stay(state);
  if (state.phase === "ended") return ended(state, event);
  if (state.phase === "incoming") return ringing(state, event);
  return (state.phase === "answering" && answering(state, event)) || lives(state, event);
}

/** What happens to a call of this page from the tap until its end. */
function lives(state: CallState, event: Event): Step {
  switch (event.on) {
    case "offer":
      return offered(state, event.offer);
    case "microphone_trouble":
      // A call that was to be taken over lives on in the window that has it.
      return finish(state, microphoneEnding(event.trouble), state.wish ? leave(state) : []);
    case "microphone_gone":
      return { state: { ...state, microphoneGone: true }, effects: [{ do: "announce", text: `${state.peer.name} cannot hear you: your microphone is gone.` }] };
    case "microphone_back": {
      const back: Effect[] = state.microphoneGone ? [{ do: "announce", text: "Your microphone is back." }] : [];
      return { state: { ...state, microphoneGone: false }, effects: back };
    }
    case "signs":
      return looked(state, event.online || event.arriving !== "nothing", event.now);
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
    case "panel": {
      const { panel: _closed, ...rest } = state;
      return stay(event.panel === undefined ? rest : { ...rest, panel: event.panel });
    }
    default:
      return stay(state);
  }
}

function begin(peer: Person, wish: Wish): Step {
  return {
    state: { phase: "preparing", peer, direction: "user_initiated", wish, ...FRESH },
    effects: [{ do: "open_media" }, { do: "announce", text: `Calling ${peer.name}` }],
  };
}

function takeOver(found: LiveCall, now: number): Step {
  const { name, number, display, direction } = found;
  // Picked up here before this page was reloaded: it rings no more.
  const phase = found.view === "incoming" ? "joining" : found.view;
  const base: CallState = { phase, peer: { name, number, display }, direction, call: found.call, ...FRESH, rejoining: true };
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

/** Whether anything still reaches this page. A call that nothing is heard of for long is over, whatever became of it elsewhere. */
function looked(state: CallState, reached: boolean, now: number): Step {
  const { cutOffAt, ...rest } = state;
  if (!live(state) || (reached && cutOffAt === undefined)) return stay(state);
  if (reached) return { state: rest, effects: [{ do: "announce", text: "The connection is back." }] };
  if (cutOffAt === undefined) return { state: { ...state, cutOffAt: now }, effects: [{ do: "announce", text: "The connection is lost." }] };
  return now - cutOffAt < GIVEN_UP_AFTER_MS ? stay(state) : finish(state, cutOff(state), leave(state));
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
    const refused: Ending = { kind: "refused", title: "Call not placed", text: message.text, reason: message.reason, again: false };
    return finish(state, message.closed ? closedEnding(refused, message.closed) : refused, []);
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
      return finish(state, serverEnding(message, state.direction), []);
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
    return finish(state, recent ? serverEnding({ reason: recent.outcome, ...recent }, state.direction) : MISSED_END, []);
  }
  const shown = view({ ...state, sound: soundOf(found) }, found.view, found.elapsed_ms, now);
  // A rejoin that was on its way when the socket broke is made again, with fresh audio.
  return state.rejoining ? { ...shown, effects: [...shown.effects, { do: "renew_media" }] } : shown;
}

/** Moves the screen forward, never back: a late "ringing" does not undo "connected". */
function view(state: CallState, to: CallView, elapsed: number | undefined, now: number): Step {
  if (ORDER.indexOf(to) <= ORDER.indexOf(state.phase)) return stay(to === "connected" ? withTimer(state, elapsed, now) : state);
  const next = withTimer({ ...state, phase: to }, elapsed, now);
  switch (to) {
    case "ringing":
      return { state: next, effects: [{ do: "tone", tone: "ringing" }, { do: "announce", text: `Ringing ${state.peer.name}` }] };
    case "connected":
      return { state: next, effects: [{ do: "tone", tone: "none" }, { do: "announce", text: `Connected to ${state.peer.name}` }] };
    default:
      return stay(next);
  }
}

/** The screen after the end: only the server's own account may still replace ours. The person may leave it, or ask to be called back. */
function ended(state: CallState, event: Event): Step {
  if (event.on === "dismiss") return { state: undefined, effects: [] };
  if (state.ending?.closed) return closed(state, state.ending, event);
  if (event.on === "message" && event.message.type === "ended" && event.message.call === state.call) {
    return stay({ ...state, ending: serverEnding(event.message, state.direction) });
  }
  return stay(state);
}

/** The business takes no calls at this hour. */
function closed(state: CallState, ending: Ending, event: Event): Step {
  const { callback, ...rest } = ending;
  if (event.on === "request_callback" && callback === undefined && ending.closed?.callback) {
    const asked: CallState = { ...state, ending: { ...rest, callback: "asked" } };
    return { state: asked, effects: [send({ type: "request_callback", number: state.peer.number })] };
  }
  if (event.on !== "message" || callback !== "asked") return stay(state);
  switch (event.message.type) {
    case "permission":
      if (event.message.number !== state.peer.number) return stay(state);
      return {
        state: { ...state, ending: { ...rest, callback: "granted" } },
        effects: [{ do: "announce", text: `${state.peer.name} was asked to call you back.` }],
      };
    // It was refused, or is lost with the connection: it can be asked again.
    case "problem":
    case "hello":
      return stay({ ...state, ending: rest });
    default:
      return stay(state);
  }
}

function dialAgain(state: CallState): Effect[] {
  if (!state.wish || state.offer === undefined) return [];
  return [send({ type: "dial", number: state.peer.number, offer: state.offer, ...state.wish })];
}

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
    case "incoming":
      return "Incoming call";
    case "answering":
    case "joining":
      return "Connecting";
    case "connected":
      if (state.cutOffAt !== undefined) return "Connection lost";
      return clock((now - (state.connectedAt ?? now)) / 1000);
    case "ended":
      return state.ending?.title ?? "Call ended";
  }
}
