import { describe, expect, it } from "vitest";
import { status, step } from "./call";
import type { CallState, Effect, Event } from "./call-state";
import type { LiveCall, Outcome, Recent, ServerMessage } from "./protocol";
import { AUDIO_FAILED, MICROPHONE } from "./words";

const peer = { number: "6281255509999", display: "+62 812-5550-9999", name: "Acme" };
const CALL = "wacid.in";
const NOW = 100_000;

const said = (message: ServerMessage): Event => ({ on: "message", message, now: NOW });
const rings: Event = { on: "incoming", peer, call: CALL };
const accept: Event = { on: "accept" };
const offer: Event = { on: "offer", offer: "o" };
const answered = said({ type: "answered", call: CALL, answer: "v=0" });
const connected = said({ type: "connected", call: CALL, elapsed_ms: 0 });
const taken = said({ type: "taken", call: CALL, how: "answered" });
const ended = (outcome: Outcome) => said({ type: "ended", call: CALL, reason: "r", outcome, text: "Words." });
const live: LiveCall = { ...peer, call: CALL, view: "incoming", path_open: false, audio_both_ways: false, here: false, direction: "business_initiated" };
const hello = (call?: LiveCall, recents: Recent[] = []) => said({ type: "hello", user: peer, businesses: [], recents, device: "phone", chats: [], ...(call ? { call } : {}) });

const upTo: Record<string, Event[]> = {
  incoming: [rings],
  asking: [rings, accept],
  answering: [rings, accept, offer],
  joining: [rings, accept, offer, answered],
  connected: [rings, accept, offer, answered, connected],
};

function run(events: Event[]): { state: CallState | undefined; effects: Effect[] } {
  let state: CallState | undefined;
  let effects: Effect[] = [];
  for (const event of events) ({ state, effects } = step(state, event));
  return { state, effects };
}
const after = (phase: string, ...events: Event[]) => run([...(upTo[phase] ?? []), ...events]);
const sent = (effects: Effect[]) => effects.flatMap((effect) => (effect.do === "send" ? [effect.message] : []));
const did = (effects: Effect[]) => effects.map((effect) => effect.do);
const tone = (effects: Effect[]) => effects.flatMap((effect) => (effect.do === "tone" ? [effect.tone] : []));
const notice = (effects: Effect[]) => effects.flatMap((effect) => (effect.do === "notice" ? [effect.text] : []))[0];

describe("a call that comes in", () => {
  it("rings, says so to the server, and reaches who looks elsewhere", () => {
    const { state, effects } = after("incoming");
    expect(state).toMatchObject({ phase: "incoming", peer, call: CALL, direction: "business_initiated" });
    expect(sent(effects)).toEqual([{ type: "ringing", call: CALL }]);
    expect(tone(effects)).toEqual(["incoming"]);
    expect(did(effects)).toContain("alert");
    expect(did(effects)).not.toContain("open_media");
  });

  it("asks for the microphone when it is accepted, and answers with an offer of its own", () => {
    const { effects } = after("asking");
    expect(did(effects)).toEqual(["calm", "tone", "open_media", "announce"]);
    expect(sent(after("answering").effects)).toEqual([{ type: "answer", call: CALL, offer: "o" }]);
    expect(after("joining").effects).toEqual([{ do: "apply_answer", answer: "v=0" }]);
    expect(after("connected").state).toMatchObject({ phase: "connected", connectedAt: NOW });
  });

  it("shows where it is", () => {
    const lines = Object.keys(upTo).map((phase) => status(after(phase).state as CallState, NOW + 65_000));
    expect(lines).toEqual(["Incoming call", "Connecting", "Connecting", "Connecting", "1:05"]);
  });

  it.each(["incoming", "asking", "answering", "joining", "connected"])("does not ring a second time while %s", (phase) => {
    const before = after(phase).state;
    expect(step(before, rings)).toEqual({ state: before, effects: [] });
    expect(step(before, { on: "dial", peer, wish: { dial: "d", entry: "icon" } })).toEqual({ state: before, effects: [] });
  });

  it("does not disturb a call that this page is placing", () => {
    const placing = run([{ on: "dial", peer, wish: { dial: "d1", entry: "icon" } }]).state;
    expect(step(placing, rings)).toEqual({ state: placing, effects: [] });
  });

  it("rings over the screen of a call that has ended", () => {
    expect(after("connected", ended("answered"), { on: "incoming", peer, call: "wacid.next" }).state).toMatchObject({ phase: "incoming", call: "wacid.next" });
  });

  it("is not connected by what the server tells the device that picked up", () => {
    expect(after("incoming", connected).state?.phase).toBe("incoming");
    expect(after("answering", connected).state?.phase).toBe("answering");
  });

  it("is talked in and ended like any other", () => {
    expect(sent(after("connected", { on: "press", digit: "5" }).effects)).toEqual([{ type: "digit", call: CALL, digit: "5" }]);
    expect(sent(after("connected", { on: "hang_up", now: NOW + 2_000 }).effects)).toEqual([{ type: "hang_up", call: CALL }]);
    expect(after("connected", ended("answered")).state?.ending).toMatchObject({ title: "Call ended", text: "Words." });
  });
});

describe("a call that is not taken here", () => {
  it.each(["decline", "hang_up"] as const)("is declined by %s", (on) => {
    const { state, effects } = after("incoming", on === "decline" ? { on } : { on, now: NOW });
    expect(state).toBeUndefined();
    expect(sent(effects)).toEqual([{ type: "decline", call: CALL }]);
    expect(tone(effects)).toEqual(["none"]);
    expect(did(effects)).toContain("calm");
  });

  it("can still be declined while the browser asks for the microphone", () => {
    const { state, effects } = after("asking", { on: "hang_up", now: NOW });
    expect(state).toBeUndefined();
    expect(sent(effects)).toEqual([{ type: "decline", call: CALL }]);
    expect(did(effects)).toContain("close_media");
  });

  it("is hung up once the answer was given", () => {
    expect(sent(after("answering", { on: "hang_up", now: NOW }).effects)).toEqual([{ type: "hang_up", call: CALL }]);
  });

  it.each([
    ["incoming", "answered", "Answered on another device."],
    ["incoming", "declined", "Declined on another device."],
    ["asking", "answered", "Answered on another device."],
    ["answering", "answered", "Answered on another device."],
  ] as const)("goes quietly while %s when another device has %s it", (phase, how, words) => {
    const { state, effects } = after(phase, said({ type: "taken", call: CALL, how }));
    expect(state).toBeUndefined();
    expect(notice(effects)).toBe(words);
    expect(sent(effects)).toEqual([]);
    expect(tone(effects)).toEqual(["none"]);
  });

  it("is not taken away from the device that has it", () => {
    expect(after("joining", taken).state?.phase).toBe("joining");
    expect(after("connected", taken).state?.phase).toBe("connected");
  });

  it.each([
    ["not_answered", "Missed call from Acme."],
    ["cancelled", "Missed call from Acme."],
    ["failed", "Missed call from Acme."],
    ["declined", undefined],
    ["answered", "Answered on another device."],
  ] as const)("that ends as %s leaves the note %j", (outcome, words) => {
    const { state, effects } = after("incoming", ended(outcome));
    expect(state).toBeUndefined();
    expect(notice(effects)).toBe(words);
    expect(effects.some((effect) => effect.do === "calm" && effect.missed !== undefined)).toBe(words === "Missed call from Acme.");
  });

  it("says how it ended to a person who had accepted", () => {
    expect(after("answering", ended("not_answered")).state?.ending).toMatchObject({ title: "Missed call", text: "Words." });
  });

  it("tells why the answer was not taken", () => {
    const refused = said({ type: "answer_refused", call: CALL, reason: "over", text: "This call is over." });
    expect(after("answering", refused).state?.ending).toMatchObject({ kind: "refused", text: "This call is over.", again: false });
    expect(after("incoming", refused).state?.phase).toBe("incoming");
  });

  it.each(["media", "fault"])("rings on when the answer could not be used (%s)", (reason) => {
    const refused = said({ type: "answer_refused", call: CALL, reason, text: "Try again." });
    const { state, effects } = after("answering", refused);
    expect(state).toMatchObject({ phase: "incoming", advice: AUDIO_FAILED });
    expect(state?.offer).toBeUndefined();
    expect(tone(effects)).toEqual(["incoming"]);
  });

  it("is not ended by the end of another call", () => {
    const other = said({ type: "ended", call: "wacid.b", reason: "r", outcome: "not_answered", text: "" });
    expect(after("incoming", other).state?.phase).toBe("incoming");
  });
});

describe("a microphone that does not open", () => {
  it.each(["denied", "missing", "busy", "insecure"] as const)("(%s) leaves the call ringing, with advice", (trouble) => {
    const { state, effects } = after("asking", { on: "microphone_trouble", trouble });
    expect(state).toMatchObject({ phase: "incoming", advice: MICROPHONE[trouble] });
    expect(sent(effects)).toEqual([]);
    expect(tone(effects)).toEqual(["incoming"]);
    expect(after("asking", { on: "microphone_trouble", trouble }, { on: "decline" }).state).toBeUndefined();
  });

  it("may be tried once more", () => {
    const { state } = after("asking", { on: "media_failed" }, accept, offer);
    expect(state?.phase).toBe("answering");
    expect(state).not.toHaveProperty("advice");
  });

  it("after the answer was given ends the call", () => {
    const { state, effects } = after("answering", { on: "media_failed" });
    expect(state?.ending?.title).toBe("Call failed");
    expect(sent(effects)).toEqual([{ type: "hang_up", call: CALL }]);
  });
});

describe("a socket that broke and came back", () => {
  it("says again that it rings", () => {
    const { state, effects } = after("incoming", hello(live));
    expect(state?.phase).toBe("incoming");
    expect(sent(effects)).toEqual([{ type: "ringing", call: CALL }]);
  });

  it("gives the same answer again", () => {
    expect(sent(after("answering", hello(live)).effects)).toEqual([{ type: "answer", call: CALL, offer: "o" }]);
    expect(sent(after("asking", hello(live)).effects)).toEqual([]);
  });

  it("makes a new offer when its answer had won and the server's word was lost", () => {
    const won = hello({ ...live, view: "connected", here: true });
    const { state, effects } = after("answering", won);
    expect(state).toMatchObject({ phase: "joining", rejoining: true });
    expect(did(effects)).toEqual(["renew_media"]);
    expect(sent(after("answering", won, { on: "offer", offer: "o2" }).effects)).toEqual([{ type: "rejoin", call: CALL, attempt: 1, offer: "o2" }]);
  });

  it("learns that another device picked up", () => {
    expect(notice(after("incoming", hello({ ...live, view: "connected" })).effects)).toBe("Answered on another device.");
  });

  it.each([
    [[], "Missed call from Acme."],
    [[{ ...peer, call: CALL, at: 1, outcome: "not_answered", text: "" }], "Missed call from Acme."],
    [[{ ...peer, call: CALL, at: 1, outcome: "answered", text: "", duration: 3 }], "Answered on another device."],
  ] as [Recent[], string][])("learns from the call log what became of it (%#)", (recents, words) => {
    const { state, effects } = after("incoming", hello(undefined, recents));
    expect(state).toBeUndefined();
    expect(notice(effects)).toBe(words);
  });

  it("goes on with a call that was picked up here before the page was reloaded", () => {
    const { state, effects } = run([{ on: "take_over", live: { ...live, here: true }, now: NOW }]);
    expect(state).toMatchObject({ phase: "joining", rejoining: true, direction: "business_initiated" });
    expect(did(effects)).toEqual(["open_media"]);
  });

  it("goes on with a call that was picked up here", () => {
    expect(after("joining", hello({ ...live, view: "connected", elapsed_ms: 1_000, here: true })).state).toMatchObject({ phase: "connected", connectedAt: NOW - 1_000 });
  });
});
