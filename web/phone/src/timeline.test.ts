import { expect, it } from "vitest";
import { NO_CHATS, type Held, type Talk } from "./chats";
import type { Recent } from "./protocol";
import { buttonLives, cardLives, listed, timeline, waiting } from "./timeline";

const peer = { number: "1555", display: "+1 555", name: "Acme" };
const at = (...moment: [number, number, number, number]) => new Date(2026, 10, ...moment).getTime() / 1000;
const message = (id: string, when: number, more: Partial<Held> = {}): Held => ({ id, from: "business", at: when, heard: 0, ...more });
const talk = (messages: Held[], more: Partial<Talk> = {}): Talk => ({ peer, messages, more: false, loading: false, permission: { kind: "none" }, blocked: false, unread: 0, ...more });
const call = (id: string, when: number): Recent => ({ ...peer, call: id, at: when, outcome: "answered", text: "", direction: "user_initiated" });
const shape = (items: ReturnType<typeof timeline>) => items.map((item) => (item.kind === "day" ? "—" : item.key));

it("mixes messages and calls by their moments, under the days", () => {
  const messages = [message("a", at(1, 9, 0, 0)), message("b", at(2, 9, 0, 0)), message("c", at(2, 11, 0, 0))];
  const unsent = [{ id: "s", number: "1555", text: "t", at: 0 }];
  expect(shape(timeline(talk(messages), [call("call", at(2, 10, 0, 0)), call("first", at(1, 8, 0, 0))], unsent))).toEqual(["—", "first", "a", "—", "b", "call", "c", "s"]);
});

it("leaves out the calls from before what is loaded", () => {
  const calls = [call("late", at(3, 9, 0, 0)), call("early", at(1, 9, 0, 0))];
  expect(shape(timeline(talk([message("a", at(2, 9, 0, 0))], { more: true }), calls, []))).toEqual(["—", "a", "—", "late"]);
  expect(shape(timeline(undefined, calls, []))).toEqual(["—", "early", "—", "late"]);
});

it("lists chats with something in them, the latest first", () => {
  const one = (number: string, messages: Held[], unread: number): [string, Talk] => [number, talk(messages, { peer: { ...peer, number }, unread })];
  const chats = { ...NO_CHATS, talks: new Map([one("1", [message("a", 5)], 2), one("2", [], 0), one("3", [message("b", 9)], 1)]) };
  expect(listed(chats).map((shown) => shown.peer.number)).toEqual(["3", "1"]);
  expect(waiting(chats)).toBe(3);
});

it("counts what runs out from when it came", () => {
  const button = message("a", 0, { heard: 1_000 });
  expect([buttonLives(button, 500, 1_499), buttonLives(button, 500, 1_500), buttonLives(button, 0, 1_000)]).toEqual([true, false, false]);
  expect(buttonLives({ ...button, spent: true }, 500, 1_000)).toBe(false);
});

it.each([
  [undefined, 0, false],
  [{ answerable: false }, 0, false],
  [{ answerable: true }, 9e15, true],
  [{ answerable: true, answerable_for_ms: 500 }, 1_499, true],
  [{ answerable: true, answerable_for_ms: 500 }, 1_500, false],
])("card %j at %d: %j", (card, now, lives) => {
  expect(cardLives(message("a", 0, { heard: 1_000, ...(card && { card }) }), now)).toBe(lives);
});
