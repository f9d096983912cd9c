import { describe, expect, it } from "vitest";
import { parseServerMessage } from "./protocol";

const acme = { number: "6281255509999", display: "+62 812-5550-9999", name: "Acme Repairs", callable_from_log: true };
const nadia = { number: "5511955501234", display: "+55 11 95550-1234", name: "Nadia" };

const good: Record<string, unknown>[] = [
  { type: "hello", user: nadia, businesses: [acme], recents: [] },
  {
    type: "hello",
    user: nadia,
    businesses: [{ ...acme, icon_hidden: { reason: "calling_off", text: "This business does not take calls." } }],
    recents: [{ ...acme, call: "wacid.a", at: 1795341600, outcome: "answered", text: "Answered", duration: 12 }],
    call: { ...acme, call: "wacid.a", view: "ringing", path_open: true, audio_both_ways: false, here: true },
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
