/** What the browser counts of a call's sound, read from its statistics (W3C webrtc-stats). */

import type { Arriving } from "./signs";

export interface Figures {
  /** `RTCPeerConnectionState`, or `closed` without one. */
  connection: string;
  packetsReceived: number;
  packetsSent: number;
  packetsLost: number;
  /** Milliseconds. */
  jitter: number;
  /** Milliseconds; absent until measured. */
  roundTrip?: number;
  /** 0 to 1: how loud the other side is, and this one. */
  heard: number;
  spoken: number;
  /** What still comes in. */
  arriving: Arriving;
}

export const NO_FIGURES: Figures = {
  connection: "closed",
  packetsReceived: 0,
  packetsSent: 0,
  packetsLost: 0,
  jitter: 0,
  heard: 0,
  spoken: 0,
  arriving: "nothing",
};

/** Figures of one moment, and a number that grows whenever the server answers on the path, sound or not. */
export interface Measured {
  figures: Omit<Figures, "arriving">;
  path: number;
}

type Report = Pick<RTCStatsReport, "forEach">;

export function measured(connection: string, report: Report): Measured {
  const { arriving: _later, ...figures } = { ...NO_FIGURES, connection };
  let path = 0;
  report.forEach((entry: Record<string, unknown>) => {
    const number = (key: string) => (typeof entry[key] === "number" ? entry[key] : 0);
    if (entry["type"] === "inbound-rtp" && entry["kind"] === "audio") {
      figures.packetsReceived = number("packetsReceived");
      figures.packetsLost = number("packetsLost");
      figures.jitter = number("jitter") * 1000;
      figures.heard = number("audioLevel");
    } else if (entry["type"] === "outbound-rtp" && entry["kind"] === "audio") {
      figures.packetsSent = number("packetsSent");
    } else if (entry["type"] === "media-source" && entry["kind"] === "audio") {
      figures.spoken = number("audioLevel");
    } else if (entry["type"] === "candidate-pair") {
      // Browsers differ in which of these they keep; each grows only when something came from the other side.
      path += number("responsesReceived") + number("bytesReceived");
      if (entry["nominated"] === true && "currentRoundTripTime" in entry) figures.roundTrip = number("currentRoundTripTime") * 1000;
    }
  });
  return { figures, path };
}
