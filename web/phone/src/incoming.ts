/**
 * The half of the call machine for calls that come in: from the first ring until the call is ours, or gone.
 *
 * All devices of a person ring, and one picks up: a call that stops ringing here without being ours leaves a note, never a
 * screen in the way of what the person was doing. What keeps this device from picking up (no microphone) leaves it ringing.
 */

import { type CallState, type Effect, type Event, FRESH, type Step, send, stay } from "./call-state";
import { finish, leave, ownEnding, serverEnding } from "./ending";
import type { LiveCall, Outcome, Person, Recent, ServerMessage } from "./protocol";
import { AUDIO_FAILED, type Advice, MICROPHONE } from "./words";

/** Why an answer was not taken although the call still waits for one. */
const TRY_AGAIN = new Set(["media", "fault"]);

export function ring(peer: Person, call: string): Step {
  return {
    state: { phase: "incoming", peer, direction: "business_initiated", call, ...FRESH },
    effects: [
      send({ type: "ringing", call }),
      { do: "alert", peer },
      { do: "tone", tone: "incoming" },
      { do: "announce", text: `${peer.name} is calling` },
    ],
  };
}

/** What happens to a call that rings here. */
export function ringing(state: CallState, event: Event): Step {
  switch (event.on) {
    case "accept": {
      const { advice: _read, ...rest } = state;
      return {
        state: { ...rest, phase: "answering" },
        effects: [{ do: "calm" }, { do: "tone", tone: "none" }, { do: "open_media" }, { do: "announce", text: "Picking up" }],
      };
    }
    case "decline":
    case "hang_up":
      return decline(state);
    case "message":
      return heard(state, event.message);
    default:
      return stay(state);
  }
}

/** What happens between the tap on "Accept" and the server's word; nothing: what any live call does. */
export function answering(state: CallState, event: Event): Step | undefined {
  switch (event.on) {
    case "offer":
      if (state.offer !== undefined) return undefined;
      return { state: { ...state, offer: event.offer }, effects: answerAgain({ ...state, offer: event.offer }) };
    case "microphone_trouble":
      return state.offer === undefined ? ringOn(state, MICROPHONE[event.trouble]) : undefined;
    case "media_failed":
      return state.offer === undefined ? ringOn(state, AUDIO_FAILED) : undefined;
    case "hang_up":
      return state.offer === undefined ? decline(state) : finish(state, ownEnding(state, event.now), leave(state));
    case "message":
      return heard(state, event.message);
    default:
      return undefined;
  }
}

/** The server, to a call that is not ours yet. */
function heard(state: CallState, message: ServerMessage): Step {
  if (message.type === "hello") return reconciled(state, message.call, message.recents);
  if (!("call" in message) || message.call !== state.call) return stay(state);
  switch (message.type) {
    case "answered": {
      if (state.phase !== "answering" || state.offer === undefined) return stay(state);
      const { offer: _taken, ...rest } = state;
      return { state: { ...rest, phase: "joining" }, effects: [{ do: "apply_answer", answer: message.answer }] };
    }
    case "answer_refused": {
      // The call still rings: only this try came to nothing.
      if (state.phase === "answering" && TRY_AGAIN.has(message.reason)) return ringOn(state, AUDIO_FAILED);
      const ending = { kind: "refused" as const, title: "Call not answered", text: message.text, reason: message.reason, again: false };
      return state.phase === "answering" ? finish(state, ending, []) : stay(state);
    }
    case "taken":
      return taken(state, message.how ?? "answered");
    case "ended":
      return state.phase === "answering" ? finish(state, serverEnding(message, state.direction), []) : over(state, message.outcome);
    default:
      return stay(state);
  }
}

/** The socket is back. */
function reconciled(state: CallState, found: LiveCall | undefined, recents: Recent[]): Step {
  if (found?.call !== state.call) {
    const recent = recents.find((entry) => entry.call === state.call);
    return over(state, recent?.outcome ?? "not_answered");
  }
  if (found?.view === "incoming") {
    // Said again, whether or not the first one arrived.
    return { state, effects: state.phase === "answering" ? answerAgain(state) : tellRinging(state) };
  }
  if (!found?.here) return taken(state, "answered");
  // Ours, and the answer to our offer went missing: with a new one the sound comes.
  const { offer: _lost, ...rest } = state;
  return { state: { ...rest, phase: "joining", rejoining: true }, effects: [{ do: "renew_media" }] };
}

function decline(state: CallState): Step {
  const said = state.call ? [send({ type: "decline", call: state.call })] : [];
  return gone(state, [...said, { do: "calm" }, { do: "announce", text: "Call declined" }]);
}

function taken(state: CallState, how: "answered" | "declined"): Step {
  return gone(state, [{ do: "calm" }, { do: "notice", text: how === "declined" ? "Declined on another device." : "Answered on another device." }]);
}

/** Nobody picked up, or this person said no elsewhere. */
function over(state: CallState, outcome: Outcome): Step {
  const { peer } = state;
  if (outcome === "answered") return taken(state, "answered");
  if (outcome === "declined") return gone(state, [{ do: "calm" }]);
  return gone(state, [{ do: "calm", missed: peer }, { do: "notice", text: `Missed call from ${peer.name}.` }]);
}

function gone(state: CallState, effects: Effect[]): Step {
  const closing: Effect[] = state.phase === "answering" ? [{ do: "close_media" }] : [];
  return { state: undefined, effects: [...closing, { do: "tone", tone: "none" }, ...effects] };
}

function ringOn(state: CallState, advice: Advice): Step {
  const { offer: _spent, ...rest } = state;
  return {
    state: { ...rest, phase: "incoming", advice },
    effects: [{ do: "close_media" }, { do: "tone", tone: "incoming" }, { do: "announce", text: `${advice.title}. ${advice.text}` }],
  };
}

function answerAgain(state: CallState): Effect[] {
  return state.call && state.offer !== undefined ? [send({ type: "answer", call: state.call, offer: state.offer })] : [];
}

function tellRinging(state: CallState): Effect[] {
  return state.call ? [send({ type: "ringing", call: state.call })] : [];
}
