/**
 * The phone's service worker: an honest page where the server cannot be reached, and notifications that lead back to the phone.
 *
 * It keeps nothing of the phone itself. Documents always come from the server, so that no page from before an upgrade is shown;
 * scripts and styles have names that change with their content and are the browser's own cache's business.
 */

declare const self: ServiceWorkerGlobalScope;

const PHONE = "/phone";
const OFFLINE = "/phone/offline";
/** What stands in for the phone: HTML with a style and a script, small enough to be asked for with each document. */
const KEPT = [OFFLINE, "/phone/offline.js", "/phone/link.css"];
const CACHE = "callport-offline";

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));

self.addEventListener("activate", (event) => event.waitUntil(Promise.all([self.clients.claim(), self.registration.navigationPreload?.enable()])));

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (origin !== self.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event));
  else if (KEPT.includes(pathname)) event.respondWith(fetch(event.request).catch(() => kept(pathname)));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(toThePhone());
});

/** The document from the server; what was kept only when there is no answer at all. */
async function page(event: FetchEvent): Promise<Response> {
  let answer: Response;
  try {
    answer = ((await event.preloadResponse) as Response | undefined) ?? (await fetch(event.request));
  } catch {
    return kept(OFFLINE);
  }
  // What stands in is of the same version as the rest; without changes the server says so in a few bytes.
  event.waitUntil(keep().catch(() => undefined));
  return answer;
}

async function kept(path: string): Promise<Response> {
  return (await caches.match(path, { cacheName: CACHE })) ?? Response.error();
}

async function keep(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(KEPT.map((path) => new Request(path, { cache: "no-cache" })));
}

async function toThePhone(): Promise<void> {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const phone = windows.find((one) => /^\/phone\/?$/.test(new URL(one.url).pathname));
  if (phone) await phone.focus();
  else await self.clients.openWindow(PHONE);
}

export {};
