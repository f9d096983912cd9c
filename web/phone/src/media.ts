/**
 * The sound of one call: microphone, peer connection, loudspeaker, figures.
 *
 * The page offers, the server answers; the server is ICE-lite and passive in DTLS, so nothing is trickled and candidates are
 * not waited for: it learns this side's address from the first authenticated check.
 */

import { type AudioDevices, choosable, defaultOf, preferred, speakersCanBeChosen } from "./devices";
import { type Figures, measured, NO_FIGURES } from "./figures";
import { chosenMicrophone, microphone, MicrophoneError, obstacle } from "./microphone";
import { Signs } from "./signs";

export interface MediaListener {
  /** The path to the server broke; a new offer may bring it back. */
  lost(): void;
  microphoneGone(): void;
  /** The browser wants a touch before it plays sound. */
  soundBlocked(blocked: boolean): void;
  figures(figures: Figures): void;
  devices(devices: AudioDevices): void;
}

const FIGURES_EVERY_MS = 400;
/** `disconnected` often heals by itself within a few checks; `failed` never does. */
const DISCONNECTED_GRACE_MS = 4_000;
/** Newest samples kept for `window.callport.samples()`: 0.68 s at 48 kHz. */
const ANALYSER_SIZE = 32_768;

export class Media {
  private microphone: MediaStreamTrack | undefined;
  private connection: RTCPeerConnection | undefined;
  private readonly speaker = new Audio();
  private remote: MediaStream | undefined;
  private listening: { context: AudioContext; analyser: AnalyserNode } | undefined;
  private poll: number | undefined;
  private grace: number | undefined;
  private closed = false;
  private muted = false;
  private readonly signs = new Signs();
  private last = NO_FIGURES;

  constructor(private readonly listener: MediaListener) {
    this.speaker.autoplay = true;
  }

  /** Asks for the microphone. Throws {@link MicrophoneError}. */
  async open(): Promise<void> {
    const before = obstacle();
    if (before) throw new MicrophoneError(before);
    const track = await chosenMicrophone();
    // Hung up while the browser was asking.
    if (this.closed) {
      track.stop();
      return;
    }
    this.hold(track);
    navigator.mediaDevices.addEventListener("devicechange", this.devicesChanged);
    const speaker = preferred("speaker");
    void (speaker === undefined ? this.lookForDevices() : this.useSpeaker(speaker).catch(() => this.lookForDevices()));
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
    this.muted = muted;
    if (this.microphone) this.microphone.enabled = !muted;
  }

  /** Another microphone in the middle of a call; the far end notices nothing. Throws {@link MicrophoneError}. */
  async useMicrophone(id?: string): Promise<void> {
    const held = this.microphone;
    // Where only one can be open at a time, the next one ends this one.
    if (held) held.onended = null;
    try {
      const track = await microphone(id === undefined ? {} : { deviceId: { exact: id } });
      track.enabled = !this.muted;
      if (this.closed) track.stop();
      else await this.connection?.getSenders()[0]?.replaceTrack(track).catch(stopped(track));
      if (this.closed) return;
      this.hold(track);
    } catch (error) {
      if (held?.readyState === "live") this.watch(held);
      throw error;
    }
    await this.lookForDevices();
  }

  /** One is open and was not unplugged. */
  get hearsMicrophone(): boolean {
    return this.microphone?.readyState === "live";
  }

  async useSpeaker(id: string): Promise<void> {
    if (!speakersCanBeChosen()) return;
    await this.speaker.setSinkId(id);
    await this.lookForDevices();
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
    this.release();
    navigator.mediaDevices?.removeEventListener("devicechange", this.devicesChanged);
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

  private hold(track: MediaStreamTrack): void {
    this.release();
    this.microphone = track;
    track.enabled = !this.muted;
    this.watch(track);
  }

  private watch(track: MediaStreamTrack): void {
    track.onended = () => this.listener.microphoneGone();
  }

  private release(): void {
    if (!this.microphone) return;
    this.microphone.onended = null;
    this.microphone.stop();
    this.microphone = undefined;
  }

  private readonly devicesChanged = (): void => void this.lookForDevices();

  /** What there is to choose from now. A speaker that was unplugged gives way to the system's. */
  private async lookForDevices(): Promise<void> {
    const { microphones, speakers } = choosable(await navigator.mediaDevices.enumerateDevices().catch(() => []));
    if (this.closed) return;
    const sink = speakersCanBeChosen() ? this.speaker.sinkId : undefined;
    if (sink && !speakers.some(({ id }) => id === sink)) await this.speaker.setSinkId("").catch(() => undefined);
    const taking = this.microphone?.getSettings().deviceId ?? defaultOf(microphones);
    const playing = this.speaker.sinkId || defaultOf(speakers);
    this.listener.devices({
      microphones,
      speakers: sink === undefined ? [] : speakers,
      ...(taking !== undefined && { microphone: taking }),
      ...(playing !== undefined && { speaker: playing }),
    });
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
    const { figures, path } = measured(connection.connectionState, report);
    this.last = { ...figures, arriving: this.signs.note(figures.packetsReceived, path, performance.now()) };
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

/** A track that could not be used must not stay open. */
const stopped = (track: MediaStreamTrack) => (error: unknown) => {
  track.stop();
  throw error;
};

function listenTo(stream: MediaStream): { context: AudioContext; analyser: AnalyserNode } {
  const context = new AudioContext();
  void context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = ANALYSER_SIZE;
  context.createMediaStreamSource(stream).connect(analyser);
  return { context, analyser };
}
