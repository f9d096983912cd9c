import { describe, expect, it } from "vitest";
import { type CallState, FRESH } from "./call-state";
import type { Arriving } from "./signs";
import { soundLine, talkHint } from "./sound-line";

const peer = { number: "6281255509999", display: "+62 812-5550-9999", name: "Acme" };
const call = (more: Partial<CallState> = {}): CallState => ({
  phase: "connected", peer, direction: "user_initiated", call: "wacid.a", ...FRESH, sound: "both_ways", connectedAt: 0, ...more,
});

const got = (arriving: Arriving, packetsReceived = 50) => ({ arriving, packetsReceived });

describe("the line about the sound", () => {
  it("says that a call goes on without the server only while packets arrive", () => {
    const said = (arriving: Arriving) => soundLine(call(), false, got(arriving)).text;
    expect(said("sound")).toBe("Reconnecting… the call goes on");
    for (const arriving of ["path", "nothing"] as const) expect(said(arriving)).toBe("Reconnecting… no sound arrives");
    expect(soundLine(call({ cutOffAt: 1 }), false, got("nothing"))).toEqual({ text: "Trying to get the call back…", mark: "away" });
    expect(soundLine(call({ phase: "ringing" }), false, got("path")).text).toBe("Reconnecting…");
  });

  it("does not repeat what the server said of the sound when none arrives", () => {
    expect(soundLine(call(), true, got("sound"))).toEqual({ text: "You hear each other", mark: "both_ways" });
    for (const arriving of ["path", "nothing"] as const) expect(soundLine(call(), true, got(arriving)).text).toBe("No sound arrives at the moment");
  });

  it("tells the steps before that in a person's words", () => {
    const said = (more: Partial<CallState>) => soundLine(call(more), true, got("nothing", 0)).text;
    expect(said({ phase: "preparing" })).toBe("Starting your microphone…");
    expect(said({ phase: "answering" })).toBe("Starting your microphone…");
    expect(said({ phase: "ringing", sound: "negotiating" })).toBe("");
    expect(said({ phase: "ringing", sound: "path_open" })).toBe("Your audio is ready");
    expect(said({ sound: "negotiating" })).toBe("Setting up audio…");
    expect(said({ sound: "path_open" })).toBe("Waiting to hear each other…");
    expect(said({ sound: "both_ways" })).toBe("Waiting to hear each other…");
    expect(said({ rejoining: true })).toBe("Finding a new path for the audio…");
  });
});

describe("the hint", () => {
  it("names who cannot hear whom", () => {
    expect(talkHint(call({ muted: true }), 9, 0)).toBe("You are muted. Acme cannot hear you.");
    expect(talkHint(call({ muted: true, microphoneGone: true }), 9, 0)).toContain("unplugged");
    expect(talkHint(call({ sound: "path_open" }), 0, 4_999)).toBe("");
    expect(talkHint(call({ sound: "path_open" }), 0, 5_000)).toBe("No sound from Acme yet.");
    expect(talkHint(call({ sound: "path_open" }), 9, 5_000)).toBe("Acme may not hear you yet.");
    expect(talkHint(call(), 9, 60_000)).toBe("");
  });
});
