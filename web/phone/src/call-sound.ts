/** Carries out what the call machine wants of the microphone and the peer connection, and tells it what became of that. */

import type { Event } from "./call-state";
import { type AudioDevices, NO_DEVICES, prefer } from "./devices";
import { type Figures, NO_FIGURES } from "./figures";
import { Media } from "./media";
import { MicrophoneError } from "./microphone";

export interface SoundListener {
  happen(event: Event): void;
  /** The microphone is open here: no other window has this call's sound now. */
  opened(): void;
  changed(change: { figures?: Figures; soundBlocked?: boolean; devices?: AudioDevices }): void;
  /** A microphone or speaker that was chosen could not be used. */
  notChosen(text: string): void;
}

/** How often a call moves to another microphone by itself: a loose plug must not make it ask without end. */
const MAX_MOVES = 8;

export class CallSound {
  private media: Media | undefined;
  private last: Promise<void> = Promise.resolve();
  private moves = 0;

  constructor(private readonly listener: SoundListener) {}

  get current(): Media | undefined {
    return this.media;
  }

  /** Asks for the microphone, then makes an offer. */
  async open(muted: () => boolean): Promise<void> {
    this.close();
    const { listener } = this;
    const media: Media = new Media({
      lost: () => this.media === media && listener.happen({ on: "media_lost" }),
      microphoneGone: () => {
        this.tell(media, { on: "microphone_gone" });
        void this.nextMicrophone(media);
      },
      devices: (devices) => {
        if (this.media !== media) return;
        listener.changed({ devices });
        // The last one was unplugged, and now there is one again.
        if (devices.microphones.length > 0 && !media.hearsMicrophone) void this.nextMicrophone(media);
      },
      soundBlocked: (soundBlocked) => this.media === media && listener.changed({ soundBlocked }),
      figures: (figures) => this.media === media && listener.changed({ figures }),
    });
    this.media = media;
    this.moves = 0;
    try {
      await media.open();
    } catch (error) {
      const trouble = error instanceof MicrophoneError ? error.trouble : "unknown";
      if (this.media === media) listener.happen({ on: "microphone_trouble", trouble });
      return;
    }
    if (this.media !== media) return;
    listener.opened();
    await this.renew(muted);
  }

  /** A new offer over the microphone that is open. */
  async renew(muted: () => boolean): Promise<void> {
    const { media, listener } = this;
    if (!media) return;
    try {
      const offer = await media.offer();
      if (this.media !== media) return;
      media.mute(muted());
      listener.happen({ on: "offer", offer });
    } catch {
      if (this.media === media) listener.happen({ on: "media_failed" });
    }
  }

  answer(sdp: string): void {
    void this.media?.answer(sdp).catch(() => this.listener.happen({ on: "media_failed" }));
  }

  /** From now on, and in the next calls on this device. */
  chooseMicrophone(id: string): Promise<void> {
    return this.next(async (media) => {
      try {
        await media.useMicrophone(id);
        prefer("microphone", id);
        this.tell(media, { on: "microphone_back" });
      } catch {
        this.listener.notChosen("This microphone cannot be used. Another program may hold it.");
        if (!media.hearsMicrophone) this.tell(media, { on: "microphone_gone" });
      }
    });
  }

  chooseSpeaker(id: string): Promise<void> {
    return this.next(async (media) => {
      try {
        await media.useSpeaker(id);
        prefer("speaker", id);
      } catch {
        this.listener.notChosen("Your browser cannot play through this speaker.");
      }
    });
  }

  /** The one in use was unplugged: the system's next one, as a phone does. */
  private nextMicrophone(media: Media): Promise<void> {
    return this.next(async () => {
      if (this.moves++ >= MAX_MOVES || media.hearsMicrophone) return;
      try {
        await media.useMicrophone();
        this.tell(media, { on: "microphone_back" });
      } catch {
        // There is none: the screen says so already.
      }
    });
  }

  /** One after another: of two quick choices the last one holds. */
  private next(run: (media: Media) => Promise<void>): Promise<void> {
    const { media } = this;
    if (media) this.last = this.last.then(() => (this.media === media ? run(media) : undefined));
    return this.last;
  }

  private tell(media: Media, event: Event): void {
    if (this.media === media) this.listener.happen(event);
  }

  mute(muted: boolean): void {
    this.media?.mute(muted);
  }

  unblock(): void {
    this.media?.unblock();
  }

  close(): void {
    this.media?.close();
    this.media = undefined;
    this.listener.changed({ figures: NO_FIGURES, soundBlocked: false, devices: NO_DEVICES });
  }
}
