/**
 * Reading what the server says. What the page does not know is dropped, so that a newer server can say more; what it knows but
 * cannot read is dropped too, so that no view meets a hole.
 */

import type { ServerMessage } from "./protocol";

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
const direction = oneOf("user_initiated", "business_initiated");
const recent = fields({ ...person, call: text, at: count, outcome, text, duration: optional(count), direction });
const recents = listOf(recent);
const liveCall = fields({
  ...person,
  call: text,
  dial: optional(text),
  view: oneOf("calling", "ringing", "incoming", "connected"),
  elapsed_ms: optional(count),
  path_open: flag,
  audio_both_ways: flag,
  here: flag,
  direction,
});
const permission: Check = (value) =>
  isObject(value) && fields(value["kind"] === "temporary" ? { expires_at: count } : { kind: oneOf("none", "permanent") })(value);
const card = fields({
  answerable: flag,
  choice: optional(oneOf("allow", "allow_temporarily", "deny")),
  answerable_for_ms: optional(count),
});
const BUTTONS = new Map<unknown, Fields>([
  ["call", { expires_in_ms: count }],
  ["url", { url: text }],
]);
/** Kinds of a newer server pass: they are not drawn, and the message that holds them is. */
const button: Check = (value) => isObject(value) && fields({ kind: text, text, ...BUTTONS.get(value["kind"]) })(value);
const message = fields({
  id: text,
  from: oneOf("business", "user", "system"),
  at: count,
  header: optional(text),
  body: optional(text),
  footer: optional(text),
  buttons: optional(listOf(button)),
  card: optional(card),
  status: optional(oneOf("sent", "read")),
  seen: optional(flag),
});
const chats = listOf(fields({ ...person, messages: listOf(message), more: flag, permission, blocked: flag, unread: count }));
const closed = fields({ now: count, opens_at: optional(count), callback: flag });
const device = oneOf("phone", "companion", "web", "desktop");

/** One for each message there is: a new one does not compile without it. */
const CHECKS: Record<ServerMessage["type"], Check> = {
  hello: fields({ user: fields(person), businesses, recents, call: optional(liveCall), device, chats }),
  businesses: fields({ businesses }),
  recent: fields({ recent }),
  dialled: fields({ dial: text, call: text, answer: text }),
  refused: fields({ dial: text, reason: text, text, closed: optional(closed) }),
  calling: fields({ call: text }),
  ringing: fields({ call: text }),
  connected: fields({ call: text, elapsed_ms: count }),
  media: fields({ call: text, path_open: flag, audio_both_ways: flag }),
  ended: fields({ call: text, reason: text, outcome, text, duration: optional(count) }),
  rejoined: fields({ call: text, attempt: count, answer: text }),
  rejoin_refused: fields({ call: text, reason: text, text }),
  moved: fields({ call: text }),
  incoming: fields({ ...person, call: text }),
  answered: fields({ call: text, answer: text }),
  answer_refused: fields({ call: text, reason: text, text }),
  taken: fields({ call: text, how: oneOf("answered", "declined") }),
  message: fields({ number: text, message, echo: optional(text) }),
  not_sent: fields({ id: text, reason: text, text }),
  permission: fields({ number: text, permission }),
  blocked: fields({ number: text, blocked: flag }),
  reported: fields({ call: text }),
  chat: fields({ number: text, messages: listOf(message), more: flag }),
  problem: fields({ reason: text, text }),
  signed_out: () => true,
  pong: () => true,
};
const SHAPES = new Map<string, Check>(Object.entries(CHECKS));
