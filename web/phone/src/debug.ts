/**
 * `window.callport`: what a test or a curious person may look at. It shows what the page shows and hears what the page
 * hears; it holds no session, and nothing in it can act.
 */

import type { App } from "./app";
import type { Figures } from "./figures";

export interface Callport {
  /** Where the phone is and what its call does. */
  state(): {
    account: string;
    link: string;
    phase: string;
    call?: string;
    sound?: string;
    muted?: boolean;
    ending?: { title: string; reason: string; text: string; duration?: number };
  };
  /** The last figures of the peer connection, not older than half a second. */
  figures(): Figures;
  /** The newest 0.68 s of the other side's sound, before the loudspeaker. The first call starts the listening. */
  samples(): { sampleRate: number; samples: Float32Array } | undefined;
}

declare global {
  interface Window {
    callport?: Callport;
  }
}

export function exposeTo(target: Window, app: App): void {
  target.callport = {
    state() {
      const { account, link, call } = app.state;
      if (!call) return { account, link, phase: "idle" };
      const { phase, sound, muted, ending } = call;
      const told = ending && { title: ending.title, reason: ending.reason, text: ending.text, ...(ending.duration === undefined ? {} : { duration: ending.duration }) };
      return { account, link, phase, sound, muted, ...(call.call ? { call: call.call } : {}), ...(told ? { ending: told } : {}) };
    },
    figures: () => ({ ...app.state.figures }),
    samples: () => app.sound?.samples(),
  };
}
