/**
 * The sound of one call: microphone, peer connection, loudspeaker, figures.
 *
 * The page offers, the server answers; the server is ICE-lite and passive in DTLS, so nothing is trickled and candidates are
 * not waited for: it learns this side's address from the first authenticated check.
 */

import type { MicTrouble } from "./words";

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
}

export interface MediaListener {
  /** The path to the server broke; a new offer may bring it back. */
  lost(): void;
  microphoneGone(): void;
  /** The browser wants a touch before it plays sound. */
  soundBlocked(blocked: boolean): void;
  figures(figures: Figures): void;
}

export class MicrophoneError extends Error {
  constructor(readonly trouble: MicTrouble) {
    super(`microphone: ${trouble}`);
  }
}

export const NO_FIGURES: Figures = {
  connection: "closed",
  packetsReceived: 0,
  packetsSent: 0,
  packetsLost: 0,
  jitter: 0,
  heard: 0,
  spoken: 0,
};

const FIGURES_EVERY_MS = 400;
/** `disconnected` often heals by itself within a few checks; `failed` never does. */
const DISCONNECTED_GRACE_MS = 4_000;
/** Newest samples kept for `window.callport.samples()`: 0.68 s at 48 kHz. */
const ANALYSER_SIZE = 32_768;

/** What stands in the way before the browser is even asked. */
export function obstacle(): MicTrouble | undefined {
  if (!window.isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia || typeof RTCPeerConnection === "undefined") return "unsupported";
  return undefined;
}

export function troubleOf(error: unknown): MicTrouble {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "unknown";
  }
}

export class Media {
  private microphone: MediaStreamTrack | undefined;
  private connection: RTCPeerConnection | undefined;
  private readonly speaker = new Audio();
  private remote: MediaStream | undefined;
  private listening: { context: AudioContext; analyser: AnalyserNode } | undefined;
  private poll: number | undefined;
  private grace: number | undefined;
  private closed = false;
  private last = NO_FIGURES;

  constructor(private readonly listener: MediaListener) {
    this.speaker.autoplay = true;
  }

  /** Asks for the microphone. Throws {@link MicrophoneError}. */
  async open(): Promise<void> {
    const before = obstacle();
    if (before) throw new MicrophoneError(before);
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
      });
    } catch (error) {
      throw new MicrophoneError(troubleOf(error));
    }
    const track = stream.getAudioTracks()[0];
    if (!track) throw new MicrophoneError("missing");
    // Hung up while the browser was asking.
    if (this.closed) {
      track.stop();
      return;
    }
    this.microphone = track;
    track.onended = () => this.listener.microphoneGone();
  }

  /** A new peer connection over the same microphone, and its offer. */
  async offer(): Promise<string> {
    if (!this.microphone || this.closed) throw new Error("no microphone is open");
    this.disconnect();
    const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" });
    this.connection = connection;
    connection.ontrack = (event) => this.play(event.streams[0] ?? new MediaStream([event.track]));
    connection.onconnectionstatechange = () => this.connectionChanged(connection);
    connection.addTransceiver(this.microphone, { direction: "sendrecv", streams: [new MediaStream([this.microphone])] });
    await connection.setLocalDescription(await connection.createOffer());
    const sdp = connection.localDescription?.sdp;
    if (!sdp) throw new Error("the browser made no offer");
    return sdp;
  }

  async answer(sdp: string): Promise<void> {
    const connection = this.connection;
    if (connection?.signalingState !== "have-local-offer") return;
    await connection.setRemoteDescription({ type: "answer", sdp });
    this.poll ??= window.setInterval(() => void this.measure(), FIGURES_EVERY_MS);
  }

  mute(muted: boolean): void {
    if (this.microphone) this.microphone.enabled = !muted;
  }

  /** After a touch: plays what the browser held back. */
  unblock(): void {
    void this.speaker.play().then(
      () => this.listener.soundBlocked(false),
      () => undefined,
    );
  }

  close(): void {
    this.closed = true;
    this.disconnect();
    window.clearInterval(this.poll);
    this.poll = undefined;
    this.microphone?.stop();
    this.microphone = undefined;
    this.speaker.srcObject = null;
    void this.listening?.context.close();
    this.listening = undefined;
  }

  get figures(): Figures {
    return this.last;
  }

  /** The newest samples of what the other side says, for a test that wants to recognise them. */
  samples(): { sampleRate: number; samples: Float32Array } | undefined {
    if (!this.remote) return undefined;
    this.listening ??= listenTo(this.remote);
    const { context, analyser } = this.listening;
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    return { sampleRate: context.sampleRate, samples };
  }

  private play(stream: MediaStream): void {
    this.remote = stream;
    void this.listening?.context.close();
    this.listening = undefined;
    this.speaker.srcObject = stream;
    this.speaker.play().then(
      () => this.listener.soundBlocked(false),
      (error: unknown) => {
        if (error instanceof DOMException && error.name === "NotAllowedError") this.listener.soundBlocked(true);
      },
    );
  }

  private connectionChanged(connection: RTCPeerConnection): void {
    if (connection !== this.connection) return;
    window.clearTimeout(this.grace);
    if (connection.connectionState === "failed") this.listener.lost();
    if (connection.connectionState === "disconnected") {
      this.grace = window.setTimeout(() => this.listener.lost(), DISCONNECTED_GRACE_MS);
    }
  }

  private async measure(): Promise<void> {
    const connection = this.connection;
    if (!connection) return;
    const report = await connection.getStats();
    if (connection !== this.connection) return;
    this.last = figuresOf(connection.connectionState, report);
    this.listener.figures(this.last);
  }

  private disconnect(): void {
    window.clearTimeout(this.grace);
    const connection = this.connection;
    this.connection = undefined;
    if (!connection) return;
    connection.ontrack = connection.onconnectionstatechange = null;
    connection.close();
  }
}

function figuresOf(connection: string, report: RTCStatsReport): Figures {
  const figures: Figures = { ...NO_FIGURES, connection };
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
    } else if (entry["type"] === "candidate-pair" && entry["nominated"] === true && "currentRoundTripTime" in entry) {
      figures.roundTrip = number("currentRoundTripTime") * 1000;
    }
  });
  return figures;
}

function listenTo(stream: MediaStream): { context: AudioContext; analyser: AnalyserNode } {
  const context = new AudioContext();
  void context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = ANALYSER_SIZE;
  context.createMediaStreamSource(stream).connect(analyser);
  return { context, analyser };
}
