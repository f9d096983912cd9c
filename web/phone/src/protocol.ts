/**
 * What page and server say to each other: JSON over one WebSocket, and a few POSTs for signing in.
 *
 * The types are generated from `crates/phone/src/protocol`. `parse.ts` reads what comes.
 */

export type * from "./protocol-types";

/** The longest text that can be sent, in characters (platform docs, Send messages). */
export const MAX_TEXT = 4096;

/** Close code of a socket whose session is over: do not come back, sign in again. */
export const CLOSE_SIGNED_OUT = 4401;

/** Close code of a socket that made room for a newer window of the same person. */
export const CLOSE_TOO_MANY = 4429;

/** The digits of a keypad, in its order. RFC 4733 events 0–11. */
export const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
