/** What the call machine is made of: its state, what happens to it, what it wants done. */

import type { CallView, ClientMessage, CallDirection, Closed, Entry, LiveCall, Person, ServerMessage } from "./protocol";
import type { Arriving } from "./signs";
import type { Advice, MicTrouble } from "./words";

export type Phase =
  /** Waiting for the microphone and the offer. */
  | "preparing"
  /** The offer was sent; the server has not said that the call exists. */
  | "dialling"
  /** Accepted by the person: microphone, offer, and the server's word that it is ours. */
  | "answering"
  /** Ours; the timer does not run yet. */
  | "joining"
  | CallView
  | "ended";

/** How far the sound is. */
export type Sound = "negotiating" | "path_open" | "both_ways";

export type Panel = "keypad" | "audio";

export interface Wish {
  dial: string;
  entry: Entry;
  deeplink_payload?: string;
  /** The message whose call button was tapped. */
  message?: string;
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
  /** The business takes no calls at this hour. */
  closed?: Closed;
  /** The business was asked to call back; the server said that it may. */
  callback?: "asked" | "granted";
}

export interface CallState {
  phase: Phase;
  peer: Person;
  direction: CallDirection;
  /** Absent when this page took over a call that it did not place, and when the business called. */
  wish?: Wish;
  /** Kept until the server has taken it: it may have to be said again. */
  offer?: string;
  call?: string;
  sound: Sound;
  /** This page's audio is being set up anew for a live call. */
  rejoining: boolean;
  /** Counts the rejoins, so that a late answer to an earlier one is not applied to the next. */
  attempt: number;
  microphoneGone: boolean;
  muted: boolean;
  /** What lies over the face. */
  panel?: Panel;
  pressed: string;
  /** Why picking up did not work; the call rings on. */
  advice?: Advice;
  /** Page clock, in milliseconds, at which the timer started. */
  connectedAt?: number;
  /** Page clock, in milliseconds: since then neither the server nor any sound reaches this page. */
  cutOffAt?: number;
  ending?: Ending;
}

export type Event =
  | { on: "dial"; peer: Person; wish: Wish }
  | { on: "take_over"; live: LiveCall; now: number }
  | { on: "incoming"; peer: Person; call: string }
  | { on: "accept" }
  | { on: "decline" }
  | { on: "offer"; offer: string }
  | { on: "microphone_trouble"; trouble: MicTrouble }
  | { on: "microphone_gone" }
  | { on: "microphone_back" }
  | { on: "media_failed" }
  | { on: "media_lost" }
  /** A look at what still reaches this page: the server by its socket, and the other side by its sound. */
  | { on: "signs"; online: boolean; arriving: Arriving; now: number }
  | { on: "message"; message: ServerMessage; now: number }
  | { on: "hang_up"; now: number }
  | { on: "press"; digit: string }
  | { on: "mute"; muted: boolean }
  | { on: "panel"; panel?: Panel }
  | { on: "request_callback" }
  | { on: "dismiss" };

export type Tone = "calling" | "ringing" | "incoming" | "ended" | "none";

export type Effect =
  | { do: "open_media" }
  | { do: "renew_media" }
  | { do: "close_media" }
  | { do: "apply_answer"; answer: string }
  | { do: "mute"; muted: boolean }
  | { do: "send"; message: CallMessage }
  | { do: "tone"; tone: Tone }
  | { do: "key_tone"; digit: string }
  /** Reaches a person who is looking elsewhere. */
  | { do: "alert"; peer: Person }
  /** Nothing rings any more; `missed`: by whom it was not picked up. */
  | { do: "calm"; missed?: Person }
  | { do: "notice"; text: string }
  | { do: "announce"; text: string };

type Calling = "dial" | "cancel" | "hang_up" | "digit" | "rejoin" | "ringing" | "answer" | "decline" | "request_callback";

/** What a call has to say; the rest of the protocol belongs to chats and to the socket. */
export type CallMessage = Extract<ClientMessage, { type: Calling }>;

export interface Step {
  state: CallState | undefined;
  effects: Effect[];
}

export const FRESH = {
  sound: "negotiating" as const,
  rejoining: false,
  attempt: 0,
  microphoneGone: false,
  muted: false,
  pressed: "",
};

/** A call stands in the way of another one. */
export function isBusy(state: CallState | undefined): state is CallState {
  return state !== undefined && state.phase !== "ended";
}

export const send = (message: CallMessage): Effect => ({ do: "send", message });

export const stay = (state: CallState | undefined): Step => ({ state, effects: [] });
