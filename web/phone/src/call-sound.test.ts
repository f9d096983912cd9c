import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CallSound } from "./call-sound";
import type { Event } from "./call-state";

/** A browser's microphones, as far as a call needs them: which are plugged in, and who asked for which. */
class Browser {
  plugged = ["desk", "headset"];
  asked: unknown[] = [];
  tracks: FakeTrack[] = [];
  kept = new Map<string, string>();
  changed: () => void = () => undefined;

  readonly mediaDevices = {
    getUserMedia: async ({ audio }: { audio: { deviceId?: { exact: string } } }) => {
      const wanted = audio.deviceId?.exact;
      this.asked.push(wanted);
      const id = wanted ?? this.plugged[0];
      if (id === undefined || !this.plugged.includes(id)) throw new DOMException("none", "NotFoundError");
      const track = new FakeTrack(id);
      this.tracks.push(track);
      return { getAudioTracks: () => [track] };
    },
    enumerateDevices: async () => this.plugged.map((deviceId) => ({ kind: "audioinput", deviceId, label: deviceId })),
    addEventListener: (_: string, run: () => void) => void (this.changed = run),
    removeEventListener: () => undefined,
  };

  /** The browser ends the tracks of what is pulled out. */
  unplug(id: string): void {
    this.plugged = this.plugged.filter((one) => one !== id);
    for (const track of this.tracks) if (track.id === id) track.end();
  }

  plug(id: string): void {
    this.plugged.push(id);
    this.changed();
  }

  get live(): string[] {
    return this.tracks.filter(({ readyState }) => readyState === "live").map(({ id }) => id);
  }
}

class FakeTrack {
  readyState = "live";
  enabled = true;
  onended: (() => void) | null = null;
  constructor(readonly id: string) {}
  getSettings = () => ({ deviceId: this.id });
  stop = () => void (this.readyState = "ended");
  end = () => {
    if (this.readyState !== "live") return;
    this.stop();
    this.onended?.();
  };
}

class FakeConnection {
  connectionState = "new";
  localDescription = { sdp: "v=0" };
  track: unknown;
  addTransceiver = (track: unknown) => void (this.track = track);
  getSenders = () => [{ replaceTrack: async (track: unknown) => void (this.track = track) }];
  createOffer = async () => ({});
  setLocalDescription = async () => undefined;
  close = () => undefined;
}

let browser: Browser;
beforeEach(() => {
  browser = new Browser();
  vi.stubGlobal("window", { isSecureContext: true, clearInterval, clearTimeout, setInterval });
  vi.stubGlobal("navigator", { mediaDevices: browser.mediaDevices });
  vi.stubGlobal("localStorage", { getItem: (key: string) => browser.kept.get(key) ?? null, setItem: (key: string, value: string) => browser.kept.set(key, value) });
  vi.stubGlobal("RTCPeerConnection", FakeConnection);
  vi.stubGlobal("MediaStream", class {});
  vi.stubGlobal("Audio", class {});
});
afterEach(() => vi.unstubAllGlobals());

async function inACall() {
  const events: string[] = [];
  const told: string[] = [];
  const sound = new CallSound({
    happen: (event: Event) => void events.push(event.on),
    opened: () => undefined,
    changed: () => undefined,
    notChosen: (text) => void told.push(text),
  });
  await sound.open(() => false);
  return { sound, events, told };
}
const settled = () => new Promise((done) => setTimeout(done));

describe("the microphone of a call", () => {
  it("is the chosen one at once and in the next call, and only one stays open", async () => {
    const { sound } = await inACall();
    await sound.chooseMicrophone("headset");
    expect(browser.live).toEqual(["headset"]);
    sound.close();
    expect(browser.live).toEqual([]);
    await inACall();
    expect(browser.live).toEqual(["headset"]);
  });

  it("of an earlier call that is not there today gives way to the system's", async () => {
    browser.kept.set("callport.microphone", "car");
    const { events } = await inACall();
    expect([browser.asked, browser.live, events]).toEqual([["car", undefined], ["desk"], ["offer"]]);
  });

  it("that is unplugged gives way to the next one", async () => {
    const { events } = await inACall();
    browser.unplug("desk");
    await settled();
    expect([events, browser.live]).toEqual([["offer", "microphone_gone", "microphone_back"], ["headset"]]);
  });

  it("that was the last one is asked for once more, and told once", async () => {
    browser.plugged = ["desk"];
    const { events } = await inACall();
    browser.unplug("desk");
    await settled();
    expect([events, browser.asked]).toEqual([["offer", "microphone_gone"], [undefined, undefined]]);
    browser.plug("headset");
    await settled();
    expect([events.at(-1), browser.live]).toEqual(["microphone_back", ["headset"]]);
  });

  it("moves by itself only so often: a loose plug does not ask without end", async () => {
    const { events } = await inACall();
    for (let pulls = 0; pulls < 20; pulls++) {
      browser.tracks.at(-1)?.end();
      await settled();
    }
    expect(browser.asked).toHaveLength(9);
    expect(events.at(-1)).toBe("microphone_gone");
  });

  it("that cannot be had is said, and the call keeps the one that it has", async () => {
    const { sound, told, events } = await inACall();
    await sound.chooseMicrophone("car");
    expect([told.length, browser.live, events]).toEqual([1, ["desk"], ["offer"]]);
    browser.unplug("desk");
    await settled();
    expect(browser.live).toEqual(["headset"]);
  });

  it("is the last of two quick choices", async () => {
    const { sound } = await inACall();
    await Promise.all([sound.chooseMicrophone("headset"), sound.chooseMicrophone("desk")]);
    expect(browser.live).toEqual(["desk"]);
    expect(browser.kept.get("callport.microphone")).toBe("desk");
  });
});
