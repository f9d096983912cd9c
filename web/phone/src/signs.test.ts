import { describe, expect, it } from "vitest";
import { measured } from "./figures";
import { Signs } from "./signs";

describe("what arrives", () => {
  it("is nothing before anything came", () => {
    expect(new Signs().note(0, 0, 0)).toBe("nothing");
  });

  it("is sound while packets come, also the rare ones of a far end that is silent", () => {
    const signs = new Signs();
    expect([0, 400, 800, 2_000].map((now, packets) => signs.note(packets + 1, 0, now))).toEqual(["sound", "sound", "sound", "sound"]);
  });

  it("is a path while only the server answers, and nothing once it does not", () => {
    const signs = new Signs();
    signs.note(100, 1, 0);
    expect(signs.note(100, 2, 2_000)).toBe("path");
    expect(signs.note(100, 2, 9_999)).toBe("path");
    expect(signs.note(100, 2, 10_000)).toBe("nothing");
    expect(signs.note(101, 2, 10_400)).toBe("sound");
  });

  it("a new connection that counts from 0 again is no sign by itself", () => {
    const signs = new Signs();
    signs.note(100, 50, 0);
    expect(signs.note(0, 0, 9_000)).toBe("nothing");
    expect(signs.note(0, 1, 9_400)).toBe("path");
    expect(signs.note(1, 2, 9_800)).toBe("sound");
  });
});

describe("statistics of a browser", () => {
  it("are read by type, and what this side sent is no sign of the other", () => {
    const report = new Map<string, Record<string, unknown>>([
      ["in", { type: "inbound-rtp", kind: "audio", packetsReceived: 7, jitter: 0.002, audioLevel: 0.5 }],
      ["out", { type: "outbound-rtp", kind: "audio", packetsSent: 9 }],
      ["pair", { type: "candidate-pair", nominated: true, responsesReceived: 3, bytesReceived: 100, bytesSent: 900, requestsSent: 40, currentRoundTripTime: 0.01 }],
      ["video", { type: "inbound-rtp", kind: "video", packetsReceived: 99 }],
    ]);
    const { figures, path } = measured("connected", report as unknown as RTCStatsReport);
    expect(path).toBe(103);
    expect(figures).toMatchObject({ connection: "connected", packetsReceived: 7, packetsSent: 9, jitter: 2, heard: 0.5, roundTrip: 10 });
  });
});
