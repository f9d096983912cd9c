/** This window towards the server, and ids that nobody else makes. */

const RESUME_KEY = "callport.resume";

/**
 * The name of this window: whose sound a call has. New for every window, kept only by a window that is reloaded in a call (a
 * duplicated one has a copy of the storage, but never of a page that was hidden).
 */
export function takeTab(): string {
  const kept = sessionStorage.getItem(RESUME_KEY);
  sessionStorage.removeItem(RESUME_KEY);
  return kept ?? freshId();
}

/** To be called when a window with a call goes away: it may be a reload. */
export function keepTab(tab: string): void {
  sessionStorage.setItem(RESUME_KEY, tab);
}

/** 128 random bits. Not `randomUUID`, which insecure pages lack: they should be told so, not break. */
export function freshId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function socketUrl(tab: string): string {
  const url = new URL("/phone/socket", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  url.search = new URLSearchParams({ tab }).toString();
  return url.href;
}
