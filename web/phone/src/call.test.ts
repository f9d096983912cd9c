import { describe, expect, it } from "vitest";
import { status, step } from "./call";
import type { CallState, Effect, Event } from "./call-state";
import type { LiveCall, Recent, ServerMessage } from "./protocol";
import { MICROPHONE } from "./words";

const peer = { number: "6281255509999", display: "+62 812-5550-9999", name: "Acme" };
const wish = { dial: "d1", entry: "icon" as const };
const CALL = "wacid.a";
const NOW = 100_000;

const said = (message: ServerMessage, now = NOW): Event => ({ on: "message", message, now });
const dialled = said({ type: "dialled", dial: "d1", call: CALL, answer: "v=0" });
const ringing = said({ type: "ringing", call: CALL });
const connected = said({ type: "connected", call: CALL, elapsed_ms: 0 });
const ended = said({ type: "ended", call: CALL, reason: "rejected", outcome: "declined", text: "Declined." });
const hello = (call?: LiveCall, recents: Recent[] = []): Event =>
  said({ type: "hello", user: peer, businesses: [], recents, device: "phone", chats: [], ...(call ? { call } : {}) });
const live: LiveCall = { ...peer, call: CALL, dial: "d1", view: "connected", elapsed_ms: 5_000, path_open: true, audio_both_ways: true, here: true, direction: "user_initiated" };

const upTo: Record<string, Event[]> = {
  preparing: [{ on: "dial", peer, wish }],
  dialling: [{ on: "dial", peer, wish }, { on: "offer", offer: "o" }],
  calling: [{ on: "dial", peer, wish }, { on: "offer", offer: "o" }, dialled],
  ringing: [{ on: "dial", peer, wish }, { on: "offer", offer: "o" }, dialled, ringing],
  connected: [{ on: "dial", peer, wish }, { on: "offer", offer: "o" }, dialled, ringing, connected],
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

describe("placing a call", () => {
  it.each(Object.keys(upTo))("reaches %s", (phase) => {
    expect(after(phase).state?.phase).toBe(phase);
  });

  it("asks for the microphone before it says anything to the server", () => {
    expect(did(after("preparing").effects)).toEqual(["open_media", "announce"]);
    expect(sent(after("dialling").effects)).toEqual([{ type: "dial", number: peer.number, offer: "o", dial: "d1", entry: "icon" }]);
  });

  it.each(["deeplink_payload", "message"] as const)("passes %s on", (key) => {
    const { effects } = run([{ on: "dial", peer, wish: { ...wish, [key]: "src=site" } }, { on: "offer", offer: "o" }]);
    expect(sent(effects)[0]).toMatchObject({ [key]: "src=site" });
  });

  it("skips ringing when the business accepts at once", () => {
    expect(after("calling", connected).state).toMatchObject({ phase: "connected", connectedAt: NOW });
  });

  it("never goes back: a late ringing leaves the timer", () => {
    expect(after("connected", ringing).state?.phase).toBe("connected");
  });

  it.each(Object.keys(upTo))("does not start a second call while %s", (phase) => {
    const before = after(phase).state;
    expect(step(before, { on: "dial", peer, wish: { ...wish, dial: "d2" } })).toEqual({ state: before, effects: [] });
  });

  it("shows the published words, then the timer", () => {
    const line = (phase: string, now = NOW) => status(after(phase).state as CallState, now);
    expect([line("preparing"), line("dialling"), line("calling"), line("ringing")]).toEqual(["Calling", "Calling", "Calling", "Ringing"]);
    expect(line("connected", NOW + 65_900)).toBe("1:05");
  });

  it("tells how far the sound is apart from the timer", () => {
    const media = (path_open: boolean, audio_both_ways: boolean) =>
      after("connected", said({ type: "media", call: CALL, path_open, audio_both_ways })).state?.sound;
    expect([media(false, false), media(true, false), media(true, true)]).toEqual(["negotiating", "path_open", "both_ways"]);
  });
});

describe("ending a call", () => {
  it.each([
    ["preparing", []],
    ["dialling", [{ type: "cancel", dial: "d1" }]],
    ["calling", [{ type: "hang_up", call: CALL }]],
    ["ringing", [{ type: "hang_up", call: CALL }]],
    ["connected", [{ type: "hang_up", call: CALL }]],
  ])("by the person while %s says so to the server", (phase, messages) => {
    const { state, effects } = after(phase, { on: "hang_up", now: NOW + 3_000 });
    expect(sent(effects)).toEqual(messages);
    expect(did(effects)).toContain("close_media");
    expect(state?.ending).toMatchObject({ kind: "ended", reason: "user_hung_up", title: phase === "connected" ? "Call ended" : "Call cancelled" });
    expect(state?.ending?.duration).toBe(phase === "connected" ? 3 : undefined);
  });

  it("by the server shows its words", () => {
    expect(after("ringing", ended).state?.ending).toMatchObject({ title: "Call declined", text: "Declined.", again: true });
  });

  it("takes the server's figures over its own", () => {
    const own = { on: "hang_up", now: NOW + 3_400 } as const;
    const theirs = said({ type: "ended", call: CALL, reason: "user_hung_up", outcome: "answered", text: "You ended it.", duration: 4 });
    expect(after("connected", own, theirs).state?.ending).toMatchObject({ text: "You ended it.", duration: 4 });
  });

  it("ignores the end of another call", () => {
    const other = said({ type: "ended", call: "wacid.b", reason: "rejected", outcome: "declined", text: "" });
    expect(after("connected", other).state?.phase).toBe("connected");
  });

  it("by a refusal explains it", () => {
    const refused = said({ type: "refused", dial: "d1", reason: "calling_off", text: "This business does not take calls." });
    expect(after("dialling", refused).state?.ending).toMatchObject({ kind: "refused", text: "This business does not take calls.", again: false });
  });

  describe("outside the hours of a business", () => {
    const at = (...day: [number, number, number, number, number]) => new Date(...day).getTime() / 1000;
    const closed = { now: at(2026, 10, 27, 9, 0), opens_at: at(2026, 10, 30, 8, 0), callback: true };
    const refused = said({ type: "refused", dial: "d1", reason: "closed", text: "No calls at this hour.", closed });
    const ask: Event = { on: "request_callback" };
    const granted = said({ type: "permission", number: peer.number, permission: { kind: "permanent" } });

    it("says when it opens", () => {
      expect(after("dialling", refused).state?.ending).toMatchObject({ title: "Closed now", closed });
      expect(after("dialling", refused).state?.ending?.text).toMatch(/^No calls at this hour\. It opens on Monday at .*, your time\.$/);
    });

    it("asks to be called back once, and believes the server alone", () => {
      const asked = after("dialling", refused, ask);
      expect(sent(asked.effects)).toEqual([{ type: "request_callback", number: peer.number }]);
      expect(asked.state?.ending?.callback).toBe("asked");
      expect(after("dialling", refused, ask, ask).effects).toEqual([]);
      expect(after("dialling", refused, ask, granted).state?.ending?.callback).toBe("granted");
      expect(after("dialling", refused, granted).state?.ending?.callback).toBeUndefined();
    });

    it.each([said({ type: "problem", reason: "no_callback", text: "" }), hello()])("can ask again when it came to nothing", (nothing) => {
      expect(sent(after("dialling", refused, ask, nothing, ask).effects)).toHaveLength(1);
    });

    it("does not ask where that is not offered", () => {
      const mute = said({ type: "refused", dial: "d1", reason: "closed", text: "", closed: { now: 0, callback: false } });
      expect(after("dialling", mute, ask).effects).toEqual([]);
      expect(after("dialling", ended, ask).effects).toEqual([]);
    });
  });

  it("does not dial for a person who hung up while the microphone was asked for", () => {
    const { state, effects } = after("preparing", { on: "hang_up", now: NOW }, { on: "offer", offer: "o" });
    expect(state?.phase).toBe("ended");
    expect(effects).toEqual([]);
  });

  it("leaves the screen only when dismissed", () => {
    expect(after("ringing", { on: "dismiss" }).state?.phase).toBe("ringing");
    expect(after("ringing", ended, { on: "dismiss" }).state).toBeUndefined();
  });
});

describe("the microphone", () => {
  it.each(["insecure", "unsupported", "denied", "missing", "busy", "unknown"] as const)("%s is explained", (trouble) => {
    const { state, effects } = after("preparing", { on: "microphone_trouble", trouble });
    expect(state?.ending).toMatchObject({ kind: "microphone", title: MICROPHONE[trouble].title, trouble });
    expect(sent(effects)).toEqual([]);
  });

  it("that is unplugged is told, and the call goes on", () => {
    expect(after("connected", { on: "microphone_gone" }).state).toMatchObject({ phase: "connected", microphoneGone: true });
  });

  it("is muted and unmuted", () => {
    const { state, effects } = after("connected", { on: "mute", muted: true });
    expect(state?.muted).toBe(true);
    expect(effects[0]).toEqual({ do: "mute", muted: true });
  });

  it("that does not open leaves a call to the window that has it", () => {
    const { effects } = run([{ on: "take_over", live, now: NOW }, { on: "microphone_trouble", trouble: "denied" }]);
    expect(sent(effects)).toEqual([]);
  });
});

describe("what still reaches this page", () => {
  const look = (arriving: "sound" | "path" | "nothing", now: number, online = false): Event => ({ on: "signs", online, arriving, now });

  it.each(["sound", "path"] as const)("%s without the server is no lost call", (arriving) => {
    expect(after("connected", look(arriving, NOW), look(arriving, NOW + 600_000)).state).toMatchObject({ phase: "connected" });
    expect(after("connected", look(arriving, NOW)).state?.cutOffAt).toBeUndefined();
  });

  it("is nothing: the timer stands for no call any more, and runs again when something comes", () => {
    const lost = after("connected", look("nothing", NOW + 9_000));
    expect(status(lost.state as CallState, NOW + 9_000)).toBe("Connection lost");
    expect(lost.effects).toEqual([{ do: "announce", text: "The connection is lost." }]);
    const back = after("connected", look("nothing", NOW + 9_000), look("nothing", NOW + 12_000), look("path", NOW + 15_000));
    expect(status(back.state as CallState, NOW + 15_000)).toBe("0:15");
    expect(back.effects).toEqual([{ do: "announce", text: "The connection is back." }]);
  });

  it("is nothing for a minute: the call is over, with the time for which it was one, and the server is to be told", () => {
    const cut = after("connected", look("nothing", NOW + 9_000), look("nothing", NOW + 69_000));
    expect(cut.state).toMatchObject({ phase: "ended", ending: { title: "Call lost", reason: "cut_off", duration: 9, again: true } });
    expect(sent(cut.effects)).toEqual([{ type: "hang_up", call: CALL }]);
    expect(did(cut.effects)).toContain("close_media");
  });

  it("is nothing before the server knows of the call: the dial waits", () => {
    expect(after("dialling", look("nothing", NOW), look("nothing", NOW + 600_000)).state).toMatchObject({ phase: "dialling" });
  });
});

describe("what lies over the face", () => {
  it("is one panel at a time, until it is closed or the call ends", () => {
    const open = (panel: "keypad" | "audio"): Event => ({ on: "panel", panel });
    expect(after("connected", open("keypad"), open("audio")).state?.panel).toBe("audio");
    expect(after("connected", open("audio"), { on: "panel" }).state?.panel).toBeUndefined();
    expect(after("connected", open("audio"), ended).state?.panel).toBeUndefined();
  });

  it("a microphone that is back can be heard", () => {
    expect(after("connected", { on: "microphone_gone" }, { on: "microphone_back" }).state?.microphoneGone).toBe(false);
    expect(after("connected", { on: "microphone_back" }).effects).toEqual([]);
  });
});

describe("the keypad", () => {
  it("sends digits of a connected call", () => {
    const { state, effects } = after("connected", { on: "press", digit: "1" }, { on: "press", digit: "#" });
    expect(state?.pressed).toBe("1#");
    expect(sent(effects)).toEqual([{ type: "digit", call: CALL, digit: "#" }]);
  });

  it.each(["A", "12", "", "+"])("refuses %j", (digit) => {
    expect(after("connected", { on: "press", digit }).effects).toEqual([]);
  });

  it("is silent before the call is connected", () => {
    expect(after("ringing", { on: "press", digit: "1" }).effects).toEqual([]);
  });

  it("keeps a bounded number of digits", () => {
    const presses = Array.from({ length: 200 }, (): Event => ({ on: "press", digit: "7" }));
    expect(after("connected", ...presses).state?.pressed).toHaveLength(64);
  });
});

describe("a socket that broke and came back", () => {
  it("says an unanswered dial again with the same id", () => {
    const { effects } = after("dialling", hello());
    expect(sent(effects)).toEqual([{ type: "dial", number: peer.number, offer: "o", dial: "d1", entry: "icon" }]);
  });

  it("catches up with a call that went on, and takes the server's timer", () => {
    const { state, effects } = after("ringing", hello(live));
    expect(state).toMatchObject({ phase: "connected", sound: "both_ways", connectedAt: NOW - 5_000 });
    expect(did(effects)).not.toContain("close_media");
  });

  it("learns from the call log how a call ended meanwhile", () => {
    const recent: Recent = { ...peer, call: CALL, at: 1, outcome: "not_answered", text: "Nobody answered.", direction: "user_initiated" };
    expect(after("ringing", hello(undefined, [recent])).state?.ending).toMatchObject({ title: "No answer", text: "Nobody answered." });
  });

  it("says so when nothing is known of the end", () => {
    expect(after("connected", hello()).state?.ending?.reason).toBe("missed_end");
  });

  it("leaves a call alone whose microphone is still being asked for", () => {
    expect(after("preparing", hello()).state?.phase).toBe("preparing");
  });

  it("does not bring an ended call back", () => {
    expect(after("connected", ended, hello(live)).state?.phase).toBe("ended");
  });
});

describe("a path that broke", () => {
  const lost: Event = { on: "media_lost" };
  const renewed: Event = { on: "offer", offer: "o2" };
  const rejoined = (attempt: number) => said({ type: "rejoined", call: CALL, attempt, answer: "v=1" });

  it("is renewed with a new offer while the call goes on", () => {
    expect(did(after("connected", lost).effects)).toEqual(["renew_media"]);
    const { state, effects } = after("connected", lost, renewed);
    expect(sent(effects)).toEqual([{ type: "rejoin", call: CALL, attempt: 1, offer: "o2" }]);
    expect(state).toMatchObject({ phase: "connected", rejoining: true, sound: "negotiating" });
    const done = after("connected", lost, renewed, rejoined(1));
    expect(done.effects).toEqual([{ do: "apply_answer", answer: "v=1" }]);
    expect(done.state?.rejoining).toBe(false);
  });

  it("takes no answer that belongs to an earlier offer", () => {
    const { effects } = after("connected", lost, renewed, lost, renewed, rejoined(1));
    expect(effects).toEqual([]);
  });

  it("is renewed once more when the socket broke in between", () => {
    expect(did(after("connected", lost, renewed, hello(live)).effects)).toContain("renew_media");
  });

  it("ends the call when the server refuses", () => {
    const refused = said({ type: "rejoin_refused", call: CALL, attempt: 1, reason: "unavailable", text: "No room." });
    expect(after("connected", lost, renewed, refused).state?.ending).toMatchObject({ title: "Call lost", text: "No room." });
  });

  it("is nothing to a call that the server does not know yet", () => {
    expect(after("dialling", lost).effects).toEqual([]);
  });
});

describe("a call in two windows", () => {
  it("is taken over with fresh audio", () => {
    const { state, effects } = run([{ on: "take_over", live, now: NOW }]);
    expect(state).toMatchObject({ phase: "connected", call: CALL, rejoining: true, connectedAt: NOW - 5_000 });
    expect(did(effects)).toEqual(["open_media"]);
    const next = run([{ on: "take_over", live, now: NOW }, { on: "offer", offer: "o" }]);
    expect(sent(next.effects)).toEqual([{ type: "rejoin", call: CALL, attempt: 1, offer: "o" }]);
  });

  it("leaves this one quietly when it moved", () => {
    const { state, effects } = after("connected", said({ type: "moved", call: CALL }));
    expect(state?.ending).toMatchObject({ kind: "moved", again: false });
    expect(sent(effects)).toEqual([]);
    expect(did(effects)).toContain("close_media");
  });
});
