import { expect, it } from "vitest";
import type { Message, Permission } from "./protocol";
import { CHOICE, clock, day, hue, initials, moment, opening, outcomeTitle, permissionLine, preview, spoken, when } from "./words";
import { hashOf, routeOf } from "./route";

it.each([
  [0, "0:00"], [7.9, "0:07"], [60, "1:00"], [754, "12:34"], [3723, "1:02:03"], [-3, "0:00"],
])("%d seconds read %s", (seconds, text) => expect(clock(seconds)).toBe(text));

it.each([
  [0, "0 seconds"], [1, "1 second"], [65, "1 minute 5 seconds"], [3600, "1 hour"], [7325, "2 hours 2 minutes 5 seconds"],
])("%d seconds are spoken as %s", (seconds, text) => expect(spoken(seconds)).toBe(text));

it.each([
  ["Acme Repairs", "AR"], ["nadia", "N"], ["  Padaria Três Irmãos ", "PI"], ["山田電気", "山"], ["+55 11", "51"], ["— !", "#"], ["", "#"], ["👩 Doc", "D"],
])("%j has the initials %s", (name, text) => expect(initials(name)).toBe(text));

it("keeps a colour for a number and stays within the palette", () => {
  expect(hue("6281255509999", 8)).toBe(hue("6281255509999", 8));
  for (let n = 0; n < 100; n++) expect(hue(String(n), 8)).toBeLessThan(8);
});

it("says when by how long ago it is", () => {
  const now = new Date(2026, 10, 20, 9, 0);
  const at = (...day: [number, number, number, number, number]) => when(new Date(...day).getTime() / 1000, now);
  expect(at(2026, 10, 20, 8, 5)).toMatch(/8:05/);
  expect(at(2026, 10, 19, 23, 59)).toBe("Yesterday");
  expect(at(2026, 10, 1, 12, 0)).not.toMatch(/:/);
});

it("says when a business opens by how far off it is", () => {
  const seconds = (...day: [number, number, number, number, number]) => new Date(...day).getTime() / 1000;
  const at = (...day: [number, number, number, number, number]) => opening(seconds(...day), seconds(2026, 10, 27, 23, 0));
  expect(at(2026, 10, 27, 23, 30)).toMatch(/^today at .*30/);
  expect(at(2026, 10, 28, 0, 5)).toMatch(/^tomorrow at .*05/);
  expect(at(2026, 11, 3, 8, 0)).toMatch(/^on Thursday at /);
  expect(at(2026, 11, 4, 8, 0)).toMatch(/^on .*4.* at /);
});

it("names the days of a chat", () => {
  const now = new Date(2026, 10, 20, 9, 0);
  const at = (...then: [number, number, number]) => day(new Date(2026, ...then).getTime() / 1000, now);
  expect([at(10, 20, 23), at(10, 20, 0), at(10, 19, 23)]).toEqual(["Today", "Today", "Yesterday"]);
  expect(at(10, 1, 9)).not.toMatch(/Today|Yesterday/);
});

it("has the three published answers", () => {
  expect(Object.values(CHOICE)).toEqual(["Allow calls", "Temporarily allow (7 days)", "Don't allow"]);
});

it.each([
  ["not_answered", undefined, "No answer"],
  ["not_answered", "user_initiated", "No answer"],
  ["not_answered", "business_initiated", "Missed call"],
  ["cancelled", "user_initiated", "Call cancelled"],
  ["cancelled", "business_initiated", "Missed call"],
  ["declined", "business_initiated", "Call declined"],
  ["answered", "business_initiated", "Call ended"],
  ["failed", "business_initiated", "Call failed"],
] as const)("a call that is %s and %s has the title %j", (outcome, direction, title) => {
  expect(outcomeTitle(outcome, direction)).toBe(title);
});

it.each<[Permission, string]>([
  [{ kind: "none" }, "\u2068Acme\u2069 may not call you."],
  [{ kind: "permanent" }, "\u2068Acme\u2069 may always call you."],
  [{ kind: "temporary", expires_at: 1795600000 }, `\u2068Acme\u2069 may call you until ${moment(1795600000)}.`],
])("%j reads %j", (permission, line) => {
  expect(permissionLine("Acme", permission)).toBe(line);
});

it.each<[Partial<Message>, string]>([
  [{ body: "Two\n lines " }, "Two lines"],
  [{ header: "Ticket", body: "Ready" }, "Ready"],
  [{ card: { answerable: true } }, "May we call you?"],
  [{ buttons: [{ kind: "call", text: "Call now", expires_in_ms: 1 }] }, "Call now"],
  [{ from: "user", body: "Hi" }, "You: Hi"],
  [{}, ""],
])("%j is listed as %j", (message, line) => {
  expect(preview({ id: "a", from: "business", at: 1, ...message })).toBe(line);
});

it.each(["#/", "#/chats", "#/chat/6281255509999", "#/recents", "#/keypad", "#/you", "#/business/6281255509999", "#/call/6281255509999", "#/call/6281255509999?biz_payload=a%26b+c"])("%s leads back to itself", (hash) => {
  expect(hashOf(routeOf(hash))).toBe(hash);
});

it.each(["", "#/nowhere", "#/business/", "#/business/<b>", "#/business/1", "#/chat/", "#/chat/<b>", "#/call/", "#/call/javascript:1", "#/call/1?biz_payload=a"])("%j leads to the list", (hash) => {
  expect(routeOf(hash)).toEqual({ at: "businesses" });
});

it.each([
  ["#/call/6281255509999?biz_payload=campaign%3Dspring%26v%3D2", "campaign=spring&v=2"],
  ["#/call/6281255509999?biz_payload=a+b%2Bc%2F%23%3F", "a b+c/#?"],
  ["#/call/6281255509999?biz_payload=%E6%97%A5%0A", "日\n"],
  ["#/call/6281255509999?biz_payload=", undefined],
  ["#/call/6281255509999?other=1", undefined],
])("%s brings its payload", (hash, payload) => {
  expect(routeOf(hash)).toEqual({ at: "link", number: "6281255509999", ...(payload === undefined ? {} : { payload }) });
});
