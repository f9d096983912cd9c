/** Putting the phone among the programs of a device, and the worker that browsers demand of such pages. */

/** Chromium's, not in the standard library of types. */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

/** Where the worker answers for documents: `/phone` itself lies outside the folder of its script. */
export const SCOPE = "/phone";

/** Only built pages have a worker: with `npm run dev` there is nothing to keep. */
export function register(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // It fails where the certificate is not trusted; the phone works without.
  navigator.serviceWorker.register("/phone/worker.js", { scope: SCOPE, updateViaCache: "none" }).catch(() => undefined);
}

/** What makes the browser ask whether to install the page, once it would. */
export class Install {
  private waiting: InstallPrompt | undefined;

  constructor(changed: (installable: boolean) => void) {
    addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      this.waiting = event as InstallPrompt;
      changed(true);
    });
    addEventListener("appinstalled", () => {
      this.waiting = undefined;
      changed(false);
    });
  }

  /** While the person taps. It can be asked once. */
  async ask(): Promise<void> {
    const prompt = this.waiting;
    this.waiting = undefined;
    await prompt?.prompt();
  }
}
