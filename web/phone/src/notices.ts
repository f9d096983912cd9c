/** Notifications: through the page's worker, which browsers of phones demand, else by the page itself. */

import { SCOPE } from "./install";

/** One place for all: a missed call replaces the call that rang. */
const TAG = "callport-call";

/** `renotify` and `vibrate` are missing in the standard library of types. */
export interface NoticeOptions extends NotificationOptions {
  renotify?: boolean;
  vibrate?: number[];
}

export class Notices {
  /** One after another: taking a notification back never overtakes its showing. */
  private last: Promise<unknown> = Promise.resolve();
  private own: Notification | undefined;

  show(title: string, options: NoticeOptions): void {
    this.next(() => this.present(title, { tag: TAG, icon: "/phone/icon-192.png", badge: "/phone/badge-96.png", ...options } as NoticeOptions));
  }

  clear(): void {
    this.next(async () => {
      this.own?.close();
      this.own = undefined;
      const shown = await (await worker())?.getNotifications({ tag: TAG });
      for (const one of shown ?? []) one.close();
    });
  }

  private async present(title: string, options: NoticeOptions): Promise<void> {
    const registration = await worker();
    if (registration?.active) return registration.showNotification(title, options);
    const shown = new Notification(title, options);
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
    this.own = shown;
  }

  private next(run: () => Promise<void>): void {
    // Where neither way works, the ring tone and the title have to do.
    this.last = this.last.then(run).catch(() => undefined);
  }
}

const worker = async (): Promise<ServiceWorkerRegistration | undefined> => navigator.serviceWorker?.getRegistration(SCOPE);
