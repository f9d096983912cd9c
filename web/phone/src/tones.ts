/** What the phone itself plays: waiting tones, key tones, the end. Never part of what the other side hears. */

import type { Tone } from "./call";

/** Seconds on, seconds off, at these frequencies. The ringing cadence is the one most of the world knows (ITU-T E.180). */
const WAITING: Partial<Record<Tone, { hz: number[]; on: number; off: number }>> = {
  calling: { hz: [330], on: 0.12, off: 1.4 },
  ringing: { hz: [425], on: 1, off: 4 },
};

/** Row and column tones of a keypad (ITU-T Q.23). */
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const KEYS = "123456789*0#";

const LOUDNESS = 0.06;
const FADE_S = 0.015;

export class Tones {
  private context: AudioContext | undefined;
  private timer: number | undefined;
  private sounding: GainNode[] = [];

  play(tone: Tone): void {
    this.stop();
    if (tone === "ended") {
      this.beep([480], 0.14, 0);
      this.beep([400], 0.2, 0.18);
      return;
    }
    const waiting = WAITING[tone];
    if (!waiting) return;
    const round = () => this.beep(waiting.hz, waiting.on, 0);
    round();
    this.timer = window.setInterval(round, (waiting.on + waiting.off) * 1000);
  }

  key(digit: string): void {
    const at = KEYS.indexOf(digit);
    const [row, column] = [ROWS[Math.floor(at / 3)], COLUMNS[at % 3]];
    if (row && column) this.beep([row, column], 0.1, 0);
  }

  private stop(): void {
    window.clearInterval(this.timer);
    const now = this.context?.currentTime ?? 0;
    for (const gain of this.sounding) {
      gain.gain.cancelScheduledValues(now);
      gain.gain.setTargetAtTime(0, now, FADE_S / 3);
    }
    this.sounding = [];
  }

  private beep(frequencies: number[], seconds: number, after: number): void {
    try {
      this.context ??= new AudioContext();
      if (this.context.state === "suspended") void this.context.resume();
    } catch {
      return; // A browser without audio output can still show a call.
    }
    const context = this.context;
    const start = context.currentTime + after;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(LOUDNESS / frequencies.length, start + FADE_S);
    gain.gain.setValueAtTime(LOUDNESS / frequencies.length, start + seconds - FADE_S);
    gain.gain.linearRampToValueAtTime(0, start + seconds);
    gain.connect(context.destination);
    this.sounding = [...this.sounding.slice(-3), gain];
    for (const hz of frequencies) {
      const oscillator = new OscillatorNode(context, { frequency: hz });
      oscillator.connect(gain);
      oscillator.start(start);
      oscillator.stop(start + seconds);
      oscillator.onended = () => oscillator.disconnect();
    }
  }
}
