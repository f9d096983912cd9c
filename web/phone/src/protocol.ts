/**
 * What page and server say to each other: JSON over one WebSocket, and a few POSTs for signing in.
 *
 * The truth is `crates/phone/src/protocol.rs`; this mirrors it. `parse.ts` reads what comes.
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

/** Who called whom. What is absent is `user_initiated`. */
export type Direction = "user_initiated" | "business_initiated";

/** What a session is used on. Calls work on phones only (platform docs, What users see). */
export type Device = "phone" | "companion" | "web" | "desktop";

export type Outcome = "answered" | "not_answered" | "declined" | "cancelled" | "failed";

export interface Recent extends Person {
  call: string;
  /** Unix seconds. */
  at: number;
  outcome: Outcome;
  text: string;
  /** Whole seconds talked; absent when nobody picked up. */
  duration?: number;
  direction?: Direction;
}

/** `incoming`: it rings here. */
export type CallView = "calling" | "ringing" | "incoming" | "connected";

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
  direction?: Direction;
}

/** `allow` for good, `allow_temporarily` for seven days (platform docs, Obtain user call permissions). */
export type Choice = "allow" | "allow_temporarily" | "deny";

/** What a business may do. It ends when the server says so: its clock need not be this one's. */
export interface Permission {
  kind: "none" | "temporary" | "permanent";
  /** Unix seconds, for the temporary one. */
  expires_at?: number;
}

export interface CallButton {
  kind: "call";
  text: string;
  /** From when the message came; 0 when it is over. */
  expires_in_ms: number;
}
export interface UrlButton {
  kind: "url";
  text: string;
  url: string;
}
export interface ReplyButton {
  kind: "reply";
  text: string;
}
export type Button = CallButton | UrlButton | ReplyButton;

/** A request for permission to call. */
export interface Card {
  answerable: boolean;
  choice?: Choice;
  /** From when the message came. */
  answerable_for_ms?: number;
}

export interface Message {
  id: string;
  /** `system` speaks to this person only. */
  from: "business" | "user" | "system";
  /** Unix seconds. */
  at: number;
  header?: string;
  body?: string;
  footer?: string;
  buttons?: Button[];
  card?: Card;
  /** Of the user's own. */
  status?: "sent" | "read";
  /** Of a business's: it was on a screen of this person. */
  seen?: boolean;
}

export interface Chat extends Person {
  /** The newest, oldest first. */
  messages: Message[];
  /** There are older ones. */
  more: boolean;
  permission: Permission;
  unread: number;
}

/** The longest text that can be sent, in characters (platform docs, Send messages). */
export const MAX_TEXT = 4096;

export type Entry = "icon" | "call_log" | "deep_link";

export interface DialRequest {
  type: "dial";
  /** Made by the page. The same id again is the same call, never a second one. */
  dial: string;
  number: string;
  entry: Entry;
  offer: string;
  deeplink_payload?: string;
  /** The message whose call button was tapped; then `entry` says nothing. */
  message?: string;
}

export type ClientMessage =
  | DialRequest
  | { type: "cancel"; dial: string }
  | { type: "hang_up"; call: string }
  | { type: "digit"; call: string; digit: string }
  | { type: "rejoin"; call: string; attempt: number; offer: string }
  /** This device rings. */
  | { type: "ringing"; call: string }
  | { type: "answer"; call: string; offer: string }
  | { type: "decline"; call: string }
  /** The id is the page's. Said again until it comes back as an echo. */
  | { type: "say"; id: string; number: string; text: string }
  | { type: "delivered"; message: string }
  /** It and everything older in its chat was seen. */
  | { type: "read"; message: string }
  | { type: "permit"; message: string; choice: Choice }
  | { type: "set_permission"; number: string; choice: Choice }
  /** A quick reply, by its place among the buttons. */
  | { type: "tap"; message: string; button: number }
  | { type: "chat"; number: string; before?: string }
  | { type: "ping" };

export type ServerMessage =
  | { type: "hello"; user: Person; businesses: Business[]; recents: Recent[]; call?: LiveCall; device?: Device; chats?: Chat[] }
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
  | ({ type: "incoming"; call: string } & Person)
  | { type: "answered"; call: string; answer: string }
  | { type: "answer_refused"; call: string; reason: string; text: string }
  | { type: "taken"; call: string; how?: "answered" | "declined" }
  /** New or changed. `echo` is this page's id of what it said. */
  | { type: "message"; number: string; message: Message; echo?: string }
  | { type: "not_sent"; id: string; reason: string; text: string }
  | { type: "permission"; number: string; permission: Permission }
  /** Older messages, oldest first. */
  | { type: "chat"; number: string; messages: Message[]; more: boolean }
  | { type: "problem"; reason: string; text: string }
  | { type: "signed_out" }
  | { type: "pong" };

/** Close code of a socket whose session is over: do not come back, sign in again. */
export const CLOSE_SIGNED_OUT = 4401;

/** Close code of a socket that made room for a newer window of the same person. */
export const CLOSE_TOO_MANY = 4429;

/** The digits of a keypad, in its order. RFC 4733 events 0–11. */
export const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
