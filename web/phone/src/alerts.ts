/** Reaching a person who looks elsewhere: the title of the window, and notifications where they are allowed. */

import { type NoticeOptions, Notices } from "./notices";
import type { Person } from "./protocol";

/** What the browser thinks of notifications. `default`: it was not asked. */
export type Notify = NotificationPermission | "unsupported";

const BLINK_MS = 1_000;
/** On and off, in milliseconds; where a device shakes at all. */
const SHAKE = [400, 200, 400];

export class Alerts {
  private readonly plain = document.title;
  private readonly notices = new Notices();
  private unread = 0;
  private timer: number | undefined;

  get notify(): Notify {
    return typeof Notification === "undefined" || !window.isSecureContext ? "unsupported" : Notification.permission;
  }

  /** Only while the person taps: browsers hold it against a page that asks unbidden. */
  async ask(): Promise<Notify> {
    return this.notify === "default" ? Notification.requestPermission() : this.notify;
  }

  ring(peer: Person): void {
    this.calm();
    const calling = `${peer.name} is calling`;
    document.title = calling;
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.timer = window.setInterval(() => (document.title = document.title === calling ? this.title() : calling), BLINK_MS);
    }
    this.tell(calling, { body: peer.display, requireInteraction: true, renotify: true, vibrate: SHAKE });
  }

  /** Nothing rings any more. */
  calm(missed?: Person): void {
    window.clearInterval(this.timer);
    document.title = this.title();
    if (this.notify === "granted") this.notices.clear();
    if (missed) this.tell(`Missed call from ${missed.name}`, { body: missed.display });
  }

  /** Messages that wait to be read, told in the title. */
  waiting(unread: number): void {
    if (unread === this.unread) return;
    const calm = document.title === this.title();
    this.unread = unread;
    if (calm) document.title = this.title();
  }

  private title(): string {
    return this.unread > 0 ? `(${this.unread}) ${this.plain}` : this.plain;
  }

  private tell(title: string, options: NoticeOptions): void {
    if (this.notify === "granted" && !document.hasFocus()) this.notices.show(title, options);
  }
}
