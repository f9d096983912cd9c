import { expect, test } from "vitest";
import type { Recent } from "./protocol";
import { withLine } from "./recents";

const line = (call: string, at: number, text = ""): Recent => ({
  number: "1",
  display: "+1",
  name: "N",
  call,
  at,
  outcome: "answered",
  text,
  direction: "user_initiated",
});
const log = (...lines: [string, number][]) => lines.map(([call, at]) => line(call, at));
const calls = (recents: Recent[]) => recents.map((recent) => recent.call).join("");

test.each([
  [log(), line("a", 5), "a"],
  [log(["b", 4]), line("a", 5), "ab"],
  [log(["b", 6], ["c", 4]), line("a", 5), "bac"],
  [log(["b", 6]), line("a", 5), "ba"],
  [log(["b", 5]), line("a", 5), "ab"],
])("a line stands where its call was placed, the newest first (%#)", (recents, added, expected) => {
  expect(calls(withLine(recents, added))).toBe(expected);
});

test("a line that is there is replaced", () => {
  const recents = withLine(log(["a", 6], ["b", 5]), line("b", 5, "You ended it"));
  expect([calls(recents), recents[1]?.text]).toEqual(["ab", "You ended it"]);
});

test("the oldest line goes when there are too many", () => {
  const full = Array.from({ length: 50 }, (_, age) => line(`${age};`, 100 - age));
  const recents = withLine(full, line("new;", 200));
  expect([recents.length, recents[0]?.call, recents[49]?.call]).toEqual([50, "new;", "48;"]);
});
