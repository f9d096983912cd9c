import { afterEach, beforeEach, expect, it, vi } from "vitest";

type Handler = (event: Record<string, unknown>) => void;

/** What a worker has around it: a server, a cache, the person's windows. */
let world: {
  handlers: Map<string, Handler>;
  server: Map<string, string> | undefined;
  cache: Map<string, string>;
  windows: { url: string; focus: () => Promise<void> }[];
  did: string[];
};

beforeEach(async () => {
  world = { handlers: new Map(), server: new Map([["/phone", "page 1"], ["/phone/offline", "sorry"], ["/phone/offline.js", "js"], ["/phone/link.css", "css"]]), cache: new Map(), windows: [], did: [] };
  const path = (asked: string | { url: string }) => new URL(typeof asked === "string" ? asked : asked.url, "https://calls.example").pathname;
  const fetched = async (asked: { url: string }) => {
    if (!world.server) throw new TypeError("Failed to fetch");
    return { body: world.server.get(path(asked)) };
  };
  vi.stubGlobal("Request", class { constructor(readonly url: string) {} });
  vi.stubGlobal("Response", { error: () => ({ body: "error" }) });
  vi.stubGlobal("fetch", fetched);
  vi.stubGlobal("caches", {
    open: async () => ({
      addAll: async (all: { url: string }[]) => {
        const bodies = await Promise.all(all.map(fetched));
        all.forEach((one, n) => world.cache.set(path(one), String(bodies[n]?.body)));
      },
    }),
    match: async (asked: string) => (world.cache.has(path(asked)) ? { body: world.cache.get(path(asked)) } : undefined),
  });
  vi.stubGlobal("self", {
    addEventListener: (name: string, handler: Handler) => world.handlers.set(name, handler),
    location: { origin: "https://calls.example" },
    registration: {},
    skipWaiting: async () => void world.did.push("skipWaiting"),
    clients: {
      claim: async () => void world.did.push("claim"),
      matchAll: async () => world.windows,
      openWindow: async (url: string) => void world.did.push(`open ${url}`),
    },
  });
  vi.resetModules();
  await import("./worker");
});
afterEach(() => vi.unstubAllGlobals());

/** Lets the worker handle an event, and everything that it asks to be waited for. */
async function happens(name: string, event: Record<string, unknown> = {}): Promise<unknown> {
  const waits: unknown[] = [];
  let answer: unknown;
  world.handlers.get(name)?.({ ...event, waitUntil: (it: unknown) => waits.push(it), respondWith: (it: unknown) => (answer = it) });
  const body = ((await answer) as { body?: string } | undefined)?.body;
  await Promise.all(waits);
  return body;
}
const asks = (path: string, mode = "navigate") => happens("fetch", { request: { url: `https://calls.example${path}`, mode } });

it("takes over at once, with the page for a server that is gone", async () => {
  await happens("install");
  await happens("activate");
  expect(world.did).toEqual(["skipWaiting", "claim"]);
  expect([...world.cache.keys()].sort()).toEqual(["/phone/link.css", "/phone/offline", "/phone/offline.js"]);
});

it("never shows a page from before an upgrade", async () => {
  await happens("install");
  expect(await asks("/phone")).toBe("page 1");
  world.server?.set("/phone", "page 2").set("/phone/offline", "sorry 2");
  expect(await asks("/phone")).toBe("page 2");
  world.server = undefined;
  expect(await asks("/phone"), "what stands in is of that version too").toBe("sorry 2");
});

it("gives what stands in its style, and leaves everything else to the browser", async () => {
  await happens("install");
  world.server = undefined;
  expect(await asks("/phone/link.css", "no-cors")).toBe("css");
  expect(await asks("/phone/api/me", "cors")).toBeUndefined();
  expect(await happens("fetch", { request: { url: "https://elsewhere.example/phone", mode: "navigate" } })).toBeUndefined();
});

it("says so when there is nothing at all to show", async () => {
  world.server = undefined;
  expect(await asks("/phone")).toBe("error");
});

it("leads from a notification to the phone that is open, else opens one", async () => {
  const close = () => void world.did.push("close");
  const focus = (name: string) => async () => void world.did.push(`focus ${name}`);
  await happens("notificationclick", { notification: { close } });
  world.windows = [
    { url: "https://calls.example/call/6281255509999", focus: focus("a link") },
    { url: "https://calls.example/phone#/chats", focus: focus("the phone") },
  ];
  await happens("notificationclick", { notification: { close } });
  expect(world.did).toEqual(["close", "open /phone", "close", "focus the phone"]);
});
