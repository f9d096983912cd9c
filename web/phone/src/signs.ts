/**
 * Whether a call goes on, told from what arrives: packets with sound, and the server's answers to this browser's checks of the
 * path. A page whose socket is gone knows of nothing else, and its own timer proves nothing.
 */

/** `path`: the server answers, and no sound comes. */
export type Arriving = "sound" | "path" | "nothing";

/** Sound comes 50 times a second; a far end that saves packets in silence still sends one in 400 ms (Opus DTX). */
const SOUND_WITHIN_MS = 2_000;
/** Browsers check a path every 2.5 to 6 s (RFC 7675 §5.1: 5 s, give or take a fifth). */
const PATH_WITHIN_MS = 8_000;

export class Signs {
  private sound = { count: 0, at: -Infinity };
  private path = { count: 0, at: -Infinity };

  /** Counters of one look at the statistics; a new connection begins at 0 again. `now` in milliseconds. */
  note(sound: number, path: number, now: number): Arriving {
    if (sound > this.sound.count) this.sound.at = now;
    if (path > this.path.count) this.path.at = now;
    this.sound.count = sound;
    this.path.count = path;
    if (now - this.sound.at < SOUND_WITHIN_MS) return "sound";
    return now - Math.max(this.path.at, this.sound.at) < PATH_WITHIN_MS ? "path" : "nothing";
  }
}
