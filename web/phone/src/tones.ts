/** What the phone itself plays: the ring tone, waiting tones, key tones, the end. Never part of what the other side hears. */

import type { Tone } from "./call-state";
import { preferred } from "./devices";

interface Note {
  hz: number[];
  /** Seconds: from the start of the round, and for how long. */
  at: number;
  for: number;
}

/** Rounds that come again after so many seconds. The ringing cadence is the one most of the world knows (ITU-T E.180). */
const ROUNDS: Partial<Record<Tone, { notes: Note[]; every: number; loudness?: number }>> = {
  calling: { notes: [{ hz: [330], at: 0, for: 0.12 }], every: 1.52 },
  ringing: { notes: [{ hz: [425], at: 0, for: 1 }], every: 5 },
  incoming: { notes: [0, 0.9].flatMap((at) => chime(at)), every: 3, loudness: 0.2 },
};

/** Row and column tones of a keypad (ITU-T Q.23). */
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const KEYS = "123456789*0#";

const LOUDNESS = 0.06;
const FADE_S = 0.015;
/** Notes that may sound or wait at a time: a round of the ring tone and the end of another. */
const MAX_NOTES = 16;
/** By then a browser that lets sound through has started it. */
const STARTS_WITHIN_MS = 400;
/** How a ringing phone shakes: on and off, in milliseconds. */
const SHAKE = [400, 200, 400];

export class Tones {
  private context: AudioContext | undefined;
  private timer: number | undefined;
  private looks: number | undefined;
  private sounding: GainNode[] = [];
  private round: (() => void) | undefined;
  /** The speaker of the call; a ring tone is for the whole room. */
  private speaker = preferred("speaker") ?? "";

  /** `blocked`: the browser wants a touch before it plays what should sound now. */
  constructor(private readonly blocked: (blocked: boolean) => void) {}

  /** Key tones and the end of a call are heard where the call is. */
  through(speaker: string): void {
    this.speaker = speaker;
    this.route(speaker);
  }

  play(tone: Tone): void {
    this.stop();
    this.route(tone === "incoming" ? "" : this.speaker);
    if (tone === "ended") {
      this.beep([480], 0.14, 0);
      this.beep([400], 0.2, 0.18);
      return;
    }
    const rounds = ROUNDS[tone];
    if (!rounds) return;
    const round = () => {
      for (const note of rounds.notes) this.beep(note.hz, note.for, note.at, rounds.loudness);
      if (tone === "incoming") shake(SHAKE);
    };
    this.start(round, rounds.every);
    if (tone === "incoming") this.looks = window.setTimeout(() => this.blocked(!this.audible()), STARTS_WITHIN_MS);
  }

  /** One round of the ring tone, to hear what it is like. */
  sample(): void {
    this.unlock();
    for (const note of chime(0)) this.beep(note.hz, note.for, note.at, ROUNDS.incoming?.loudness);
  }

  key(digit: string): void {
    const at = KEYS.indexOf(digit);
    const [row, column] = [ROWS[Math.floor(at / 3)], COLUMNS[at % 3]];
    if (row && column) this.beep([row, column], 0.1, 0);
  }

  /** To be called while a person touches the page: from then on it may sound by itself. */
  unlock(): void {
    const context = this.open();
    if (context?.state === "suspended") void context.resume();
  }

  /** A browser that holds the sound back starts with the round that is due when it lets go. */
  private start(round: () => void, every: number): void {
    this.round = round;
    const context = this.open();
    if (context?.state === "suspended") void context.resume();
    const due = () => this.audible() && round();
    due();
    this.timer = window.setInterval(due, every * 1000);
  }

  private open(): AudioContext | undefined {
    if (this.context) return this.context;
    try {
      this.context = new AudioContext();
    } catch {
      return undefined; // A browser without audio output can still show a call.
    }
    this.context.onstatechange = () => {
      if (!this.audible() || !this.round) return;
      this.blocked(false);
      if (this.sounding.length === 0) this.round();
    };
    return this.context;
  }

  /** Not all browsers can; then all of it is heard where the system plays. */
  private route(speaker: string): void {
    const context = this.context as (AudioContext & { sinkId?: unknown; setSinkId?: (id: string) => Promise<void> }) | undefined;
    const sink = speaker === "default" ? "" : speaker;
    if (context?.setSinkId && context.sinkId !== sink) void context.setSinkId(sink).catch(() => undefined);
  }

  private audible(): boolean {
    return this.context?.state === "running";
  }

  private stop(): void {
    window.clearInterval(this.timer);
    window.clearTimeout(this.looks);
    if (this.round) {
      this.blocked(false);
      shake(0);
    }
    this.round = undefined;
    const now = this.context?.currentTime ?? 0;
    for (const gain of this.sounding) {
      gain.gain.cancelScheduledValues(now);
      gain.gain.setTargetAtTime(0, now, FADE_S / 3);
    }
    this.sounding = [];
  }

  private beep(frequencies: number[], seconds: number, after: number, loudness = LOUDNESS): void {
    const context = this.open();
    if (!context) return;
    if (context.state === "suspended") void context.resume();
    const start = context.currentTime + after;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(loudness / frequencies.length, start + FADE_S);
    gain.gain.setValueAtTime(loudness / frequencies.length, start + seconds - FADE_S);
    gain.gain.linearRampToValueAtTime(0, start + seconds);
    gain.connect(context.destination);
    this.sounding = [...this.sounding.slice(1 - MAX_NOTES), gain];
    for (const hz of frequencies) {
      const oscillator = new OscillatorNode(context, { frequency: hz });
      oscillator.connect(gain);
      oscillator.start(start);
      oscillator.stop(start + seconds);
      oscillator.onended = () => oscillator.disconnect();
    }
  }
}

/** Three notes upwards, the last one longer. */
function chime(at: number): Note[] {
  return [
    { hz: [587, 1174], at, for: 0.16 },
    { hz: [740, 1480], at: at + 0.18, for: 0.16 },
    { hz: [880, 1760], at: at + 0.36, for: 0.36 },
  ];
}

/** Where a device can, and its person has touched the page: browsers refuse it before, loudly. */
function shake(pattern: number | number[]): void {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(pattern);
}
