import { expect, it } from "vitest";
import { clock, hue, initials, spoken, when } from "./words";
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

it.each(["#/", "#/recents", "#/keypad", "#/you", "#/business/6281255509999", "#/call/6281255509999", "#/call/6281255509999?biz_payload=a%26b+c"])("%s leads back to itself", (hash) => {
  expect(hashOf(routeOf(hash))).toBe(hash);
});

it.each(["", "#/nowhere", "#/business/", "#/business/<b>", "#/business/1", "#/call/", "#/call/javascript:1", "#/call/1?biz_payload=a"])("%j leads to the list", (hash) => {
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
