/**
 * What page and server say to each other: JSON over one WebSocket, and a few POSTs for signing in.
 *
 * The truth is `crates/phone/src/protocol.rs`; this mirrors it. A message that this page does not know is dropped, so
 * that a newer server can say more; a message that it knows but cannot read is dropped too, and told to the console.
 */

export interface Person {
  /** Digits without `+`. */
  number: string;
  /** The number as people write it. */
  display: string;
  name: string;
}

/** Why something cannot be done: a stable word, and a sentence for the person. */
export interface Why {
  reason: string;
  text: string;
}

export interface Business extends Person {
  /** Absent: the call icon shows. Present: it is hidden, for this reason. */
  icon_hidden?: Why;
  /** Whether a call from the log or the keypad may be tried although the icon is hidden. */
  callable_from_log: boolean;
}

export type Outcome = "answered" | "not_answered" | "declined" | "cancelled" | "failed";

export interface Recent extends Person {
  call: string;
  /** Unix seconds. */
  at: number;
  outcome: Outcome;
  text: string;
  /** Whole seconds talked; absent when nobody picked up. */
  duration?: number;
}

export type CallView = "calling" | "ringing" | "connected";

/** A live call as told to a page that (re)connects. */
export interface LiveCall extends Person {
  call: string;
  /** The id under which it was dialled, when a page dialled it. */
  dial?: string;
  view: CallView;
  /** Since it connected, in milliseconds. Not a moment: clocks of page and server need not agree. */
  elapsed_ms?: number;
  path_open: boolean;
  audio_both_ways: boolean;
  /** This very tab holds the call's audio. */
  here: boolean;
}

export type Entry = "icon" | "call_log" | "deep_link";

export interface DialRequest {
  type: "dial";
  /** Made by the page. The same id again is the same call, never a second one. */
  dial: string;
  number: string;
  entry: Entry;
  offer: string;
  deeplink_payload?: string;
  cta_payload?: string;
}

export type ClientMessage =
  | DialRequest
  | { type: "cancel"; dial: string }
  | { type: "hang_up"; call: string }
  | { type: "digit"; call: string; digit: string }
  | { type: "rejoin"; call: string; attempt: number; offer: string }
  | { type: "ping" };

export type ServerMessage =
  | { type: "hello"; user: Person; businesses: Business[]; recents: Recent[]; call?: LiveCall }
  | { type: "businesses"; businesses: Business[] }
  | { type: "recents"; recents: Recent[] }
  | { type: "dialled"; dial: string; call: string; answer: string }
  | { type: "refused"; dial: string; reason: string; text: string }
  | { type: "calling"; call: string }
  | { type: "ringing"; call: string }
  | { type: "connected"; call: string; elapsed_ms: number }
  | { type: "media"; call: string; path_open: boolean; audio_both_ways: boolean }
  | { type: "ended"; call: string; reason: string; outcome: Outcome; text: string; duration?: number }
  | { type: "rejoined"; call: string; attempt: number; answer: string }
  | { type: "rejoin_refused"; call: string; reason: string; text: string }
  | { type: "moved"; call: string }
  | { type: "problem"; reason: string; text: string }
  | { type: "signed_out" }
  | { type: "pong" };

/** Close code of a socket whose session is over: do not come back, sign in again. */
export const CLOSE_SIGNED_OUT = 4401;

/** The digits of a keypad, in its order. RFC 4733 events 0–11. */
export const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;

/** Reads one message, or nothing when it is unknown or malformed. */
export function parseServerMessage(text: string): ServerMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || typeof value["type"] !== "string") return undefined;
  const shape = SHAPES.get(value["type"]);
  return shape?.(value) ? (value as unknown as ServerMessage) : undefined;
}

type Check = (value: unknown) => boolean;
type Fields = Record<string, Check>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text: Check = (value) => typeof value === "string";
const flag: Check = (value) => typeof value === "boolean";
const count: Check = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    typeof value === "string" && words.includes(value);
const fields =
  (shape: Fields): Check =>
  (value) =>
    isObject(value) && Object.entries(shape).every(([key, check]) => check(value[key]));

const person: Fields = { number: text, display: text, name: text };
const outcome = oneOf("answered", "not_answered", "declined", "cancelled", "failed");
const businesses = listOf(
  fields({ ...person, icon_hidden: optional(fields({ reason: text, text })), callable_from_log: flag }),
);
const recents = listOf(fields({ ...person, call: text, at: count, outcome, text, duration: optional(count) }));
const liveCall = fields({
  ...person,
  call: text,
  dial: optional(text),
  view: oneOf("calling", "ringing", "connected"),
  elapsed_ms: optional(count),
  path_open: flag,
  audio_both_ways: flag,
  here: flag,
});

const SHAPES = new Map<string, Check>(Object.entries({
  hello: fields({ user: fields(person), businesses, recents, call: optional(liveCall) }),
  businesses: fields({ businesses }),
  recents: fields({ recents }),
  dialled: fields({ dial: text, call: text, answer: text }),
  refused: fields({ dial: text, reason: text, text }),
  calling: fields({ call: text }),
  ringing: fields({ call: text }),
  connected: fields({ call: text, elapsed_ms: count }),
  media: fields({ call: text, path_open: flag, audio_both_ways: flag }),
  ended: fields({ call: text, reason: text, outcome, text, duration: optional(count) }),
  rejoined: fields({ call: text, attempt: count, answer: text }),
  rejoin_refused: fields({ call: text, reason: text, text }),
  moved: fields({ call: text }),
  problem: fields({ reason: text, text }),
  signed_out: () => true,
  pong: () => true,
}));
