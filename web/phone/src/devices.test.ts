import { describe, expect, it } from "vitest";
import { choosable, defaultOf } from "./devices";

const input = (deviceId: string, label = "") => ({ kind: "audioinput" as const, deviceId, label });
const output = (deviceId: string, label = "") => ({ kind: "audiooutput" as const, deviceId, label });

describe("devices to choose from", () => {
  it("are none while the browser hides what there is", () => {
    expect(choosable([input(""), output("")])).toEqual({ microphones: [], speakers: [] });
  });

  it("say which is the system's choice, and name those without a label", () => {
    const { microphones, speakers } = choosable([
      input("default", "Default - USB headset"),
      input("communications", "Communications - USB headset"),
      input("a1", "USB headset"),
      input("b2"),
      output("default", "Default"),
      output("c3", "Fernseher"),
      { kind: "videoinput", deviceId: "v", label: "Camera" },
    ]);
    expect(microphones).toEqual([
      { id: "default", label: "System default (USB headset)" },
      { id: "a1", label: "USB headset" },
      { id: "b2", label: "Microphone 3" },
    ]);
    expect(speakers.map(({ label }) => label)).toEqual(["System default", "Fernseher"]);
    expect([defaultOf(microphones), defaultOf([{ id: "x", label: "X" }]), defaultOf([])]).toEqual(["default", "x", undefined]);
  });

  it("keep a label that has a dash of its own", () => {
    expect(choosable([input("d", "Mic - front")]).microphones[0]?.label).toBe("Mic - front");
    expect(choosable([input("default", "Default - Mic - front")]).microphones[0]?.label).toBe("System default (Mic - front)");
  });

  it("are bounded, whatever a virtual sound card offers", () => {
    const many = Array.from({ length: 300 }, (_, n) => output(`id${n}`, `Bus ${n}`));
    expect(choosable(many).speakers).toHaveLength(32);
  });
});
