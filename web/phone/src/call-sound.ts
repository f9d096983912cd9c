/** Carries out what the call machine wants of the microphone and the peer connection, and tells it what became of that. */

import type { Event } from "./call-state";
import { type AudioDevices, NO_DEVICES, prefer } from "./devices";
import { type Figures, NO_FIGURES } from "./figures";
import { Media, MicrophoneError } from "./media";

export interface SoundListener {
  happen(event: Event): void;
  /** The microphone is open here: no other window has this call's sound now. */
  opened(): void;
  changed(change: { figures?: Figures; soundBlocked?: boolean; devices?: AudioDevices }): void;
  /** A microphone or speaker that was chosen could not be used. */
  notChosen(text: string): void;
}

export class CallSound {
  private media: Media | undefined;

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
      microphoneGone: () => this.media === media && void this.nextMicrophone(media),
      devices: (devices) => this.media === media && listener.changed({ devices }),
      soundBlocked: (soundBlocked) => this.media === media && listener.changed({ soundBlocked }),
      figures: (figures) => this.media === media && listener.changed({ figures }),
    });
    this.media = media;
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
  async chooseMicrophone(id: string): Promise<void> {
    const { media, listener } = this;
    if (!media) return;
    try {
      await media.useMicrophone(id);
      prefer("microphone", id);
      if (this.media === media) listener.happen({ on: "microphone_back" });
    } catch {
      if (this.media === media) listener.notChosen("This microphone cannot be used. Another program may hold it.");
    }
  }

  async chooseSpeaker(id: string): Promise<void> {
    const { media, listener } = this;
    if (!media) return;
    try {
      await media.useSpeaker(id);
      prefer("speaker", id);
    } catch {
      if (this.media === media) listener.notChosen("Your browser cannot play through this speaker.");
    }
  }

  /** The one in use was unplugged: the system's next one, as a phone does. */
  private async nextMicrophone(media: Media): Promise<void> {
    const { listener } = this;
    listener.happen({ on: "microphone_gone" });
    try {
      await media.useMicrophone();
      if (this.media === media) listener.happen({ on: "microphone_back" });
    } catch {
      // There is none: the screen says so already.
    }
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
