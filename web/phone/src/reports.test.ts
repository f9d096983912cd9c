import { describe, expect, it } from "vitest";
import type { ServerMessage } from "./protocol";
import { heardOf, type Reports, reporting } from "./reports";

const none: Reports = new Map();
const taken = (call: string): ServerMessage => ({ type: "reported", call });
const problem: ServerMessage = { type: "problem", reason: "r", text: "No." };

describe("a report", () => {
  it("is on its way until the server took it", () => {
    const asked = reporting(none, "a");
    expect([...asked]).toEqual([["a", "asked"]]);
    expect([...heardOf(asked, taken("a"))]).toEqual([["a", "taken"]]);
  });

  it("is told by another window too", () => {
    expect([...heardOf(none, taken("b"))]).toEqual([["b", "taken"]]);
  });

  it("can be made again when it came to nothing, and what was taken stays", () => {
    const two = reporting(heardOf(none, taken("a")), "b");
    expect([...heardOf(two, problem)]).toEqual([["a", "taken"]]);
  });

  it("is remembered within a bound, the newest first to stay", () => {
    const many = Array.from({ length: 100 }, (_, n) => `c${n}`).reduce(reporting, none);
    expect(many.size).toBe(64);
    expect(many.has("c99")).toBe(true);
    expect(many.has("c0")).toBe(false);
  });

  it("is nobody else's business", () => {
    const asked = reporting(none, "a");
    expect(heardOf(asked, { type: "pong" })).toBe(asked);
  });
});
