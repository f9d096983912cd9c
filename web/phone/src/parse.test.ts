import { describe, expect, it } from "vitest";
import { parseServerMessage } from "./parse";

const acme = { number: "6281255509999", display: "+62 812-5550-9999", name: "Acme Repairs", callable_from_log: true };
const nadia = { number: "5511955501234", display: "+55 11 95550-1234", name: "Nadia" };

const text = { id: "wamid.a", from: "business", at: 1795341600, header: "Ticket", body: "Hello", footer: "Acme", seen: false };
const buttons = [
  { kind: "call", text: "Call now", expires_in_ms: 0 },
  { kind: "url", text: "Track", url: "https://acme.example" },
  { kind: "reply", text: "Later" },
];
const of = (more: object) => ({ type: "message", number: acme.number, message: { ...text, ...more } });

const hello = { type: "hello", user: nadia, businesses: [], recents: [], device: "phone", chats: [] };
const direction = "user_initiated";

const good: Record<string, unknown>[] = [
  { ...hello, businesses: [acme] },
  {
    ...hello,
    businesses: [{ ...acme, icon_hidden: { reason: "calling_off", text: "This business does not take calls." } }],
    recents: [{ ...acme, call: "wacid.a", at: 1795341600, outcome: "answered", text: "Answered", duration: 12, direction }],
    call: { ...acme, call: "wacid.a", view: "ringing", path_open: true, audio_both_ways: false, here: true, direction },
  },
  { type: "dialled", dial: "d1", call: "wacid.a", answer: "v=0\r\n" },
  { type: "refused", dial: "d1", reason: "calling_off", text: "This business does not take calls." },
  { type: "calling", call: "wacid.a" },
  { type: "ringing", call: "wacid.a" },
  { type: "connected", call: "wacid.a", elapsed_ms: 0 },
  { type: "media", call: "wacid.a", path_open: true, audio_both_ways: true },
  { type: "ended", call: "wacid.a", reason: "rejected", outcome: "declined", text: "Declined" },
  { type: "ended", call: "wacid.a", reason: "user_hung_up", outcome: "answered", text: "You ended it", duration: 3 },
  { type: "pong" },
  { ...hello, device: "companion", chats: [{ ...acme, messages: [], more: false, permission: { kind: "none" }, blocked: true, unread: 0 }] },
  { type: "blocked", number: acme.number, blocked: true },
  { type: "reported", call: "wacid.a" },
  {
    ...hello,
    businesses: [],
    recents: [{ ...acme, call: "wacid.a", at: 1795341600, outcome: "not_answered", text: "Missed", direction: "business_initiated" }],
    call: { ...acme, call: "wacid.b", view: "incoming", path_open: false, audio_both_ways: false, here: false, direction: "business_initiated" },
  },
  { type: "incoming", call: "wacid.b", ...nadia },
  { type: "answered", call: "wacid.b", answer: "v=0" },
  { type: "answer_refused", call: "wacid.b", reason: "over", text: "This call is over." },
  { type: "taken", call: "wacid.b", how: "declined" },
  { type: "message", number: acme.number, message: text },
  { type: "message", number: acme.number, message: { ...text, from: "user", status: "read" }, echo: "s1" },
  { type: "message", number: acme.number, message: { ...text, card: { answerable: true, choice: "allow_temporarily", answerable_for_ms: 5 } } },
  { type: "message", number: acme.number, message: { ...text, buttons } },
  { type: "message", number: acme.number, message: { ...text, buttons: [{ kind: "hologram", text: "Of a newer server" }] } },
  { type: "not_sent", id: "s1", reason: "too_long", text: "Too long." },
  { type: "permission", number: acme.number, permission: { kind: "temporary", expires_at: 1795600000 } },
  { type: "chat", number: acme.number, messages: [text], more: true },
];

const bad: [string, unknown][] = [
  ["a list", []],
  ["no type", { call: "wacid.a" }],
  ["a type of another kind", { type: 7 }],
  ["an unknown type", { type: "video" }],
  ["an inherited name as type", { type: "toString" }],
  ["a missing field", { type: "dialled", dial: "d1", call: "wacid.a" }],
  ["a field of another type", { type: "connected", call: "wacid.a", elapsed_ms: "0" }],
  ["a negative time", { type: "connected", call: "wacid.a", elapsed_ms: -1 }],
  ["an unknown outcome", { type: "ended", call: "wacid.a", reason: "x", outcome: "fine", text: "" }],
  ["one bad business in a list", { type: "businesses", businesses: [acme, { ...acme, name: null }] }],
  ["a hidden icon without its reason", { type: "businesses", businesses: [{ ...acme, icon_hidden: {} }] }],
  ["an incoming call of nobody", { type: "incoming", call: "wacid.a" }],
  ["a message of nobody", of({ from: "robot" })],
  ["a body that is no text", of({ body: { html: "<b>" } })],
  ["a call button that never ends", of({ buttons: [{ kind: "call", text: "Call" }] })],
  ["a link to nowhere", of({ buttons: [{ kind: "url", text: "Go" }] })],
  ["a card with an unknown choice", of({ card: { answerable: true, choice: "perhaps" } })],
  ["a permission of an unknown kind", { type: "permission", number: acme.number, permission: { kind: "granted" } }],
  ["a permission that never ends", { type: "permission", number: acme.number, permission: { kind: "temporary" } }],
  ["one bad message in a chat", { type: "chat", number: acme.number, messages: [text, { ...text, at: -1 }], more: false }],
  ["an unknown device", { ...hello, device: "watch" }],
];

describe("parseServerMessage", () => {
  it.each(good.map((message) => [message["type"], message]))("reads %s", (_, message) => {
    expect(parseServerMessage(JSON.stringify(message))).toEqual(message);
  });

  it.each(bad)("drops %s", (_, message) => {
    expect(parseServerMessage(JSON.stringify(message))).toBeUndefined();
  });

  it("drops what is no JSON", () => {
    expect(parseServerMessage("{")).toBeUndefined();
  });

  it("keeps fields of a newer server", () => {
    expect(parseServerMessage('{"type":"ringing","call":"a","since":"later"}')).toMatchObject({ type: "ringing" });
  });
});
