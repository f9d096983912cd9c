import { beforeEach, describe, expect, it } from "vitest";
import { type Link, Signalling, type Socket } from "./signalling";
import type { ServerMessage } from "./protocol";

const HELLO = { type: "hello", user: { number: "1", display: "+1", name: "N" }, businesses: [], recents: [], device: "phone", chats: [] };

class FakeSocket implements Socket {
  readyState = 1;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: string[] = [];
  closed = false;
  send(data: string) {
    this.sent.push(data);
  }
  close() {
    this.closed = true;
  }
  say(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

/** One pending timer at most, which the test fires by hand. */
class Bench {
  sockets: FakeSocket[] = [];
  links: Link[] = [];
  messages: ServerMessage[] = [];
  signedOut = 0;
  timer: { run: () => void; ms: number } | undefined;
  signalling = new Signalling(
    {
      open: () => {
        const socket = new FakeSocket();
        this.sockets.push(socket);
        return socket;
      },
      random: () => 1 - Number.EPSILON,
      later: (run, ms) => (this.timer = { run, ms }),
      cancel: (timer) => {
        if (timer === this.timer) this.timer = undefined;
      },
    },
    {
      message: (message) => this.messages.push(message),
      link: (link) => this.links.push(link),
      signedOut: () => (this.signedOut += 1),
    },
  );
  get last(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }
  fire(): number {
    const timer = this.timer;
    this.timer = undefined;
    timer?.run();
    return timer?.ms ?? -1;
  }
}

describe("Signalling", () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
    bench.signalling.start();
  });

  it("is up only after hello, and sends only then", () => {
    expect(bench.signalling.send({ type: "ping" })).toBe(false);
    bench.last.say(HELLO);
    expect(bench.links).toEqual(["connecting", "up"]);
    expect(bench.signalling.send({ type: "hang_up", call: "a" })).toBe(true);
    expect(bench.last.sent).toEqual(['{"type":"hang_up","call":"a"}']);
  });

  it("comes back with doubling pauses up to a bound, and starts over after hello", () => {
    const pauses: number[] = [];
    for (let i = 0; i < 7; i++) {
      bench.last.onclose?.({ code: 1006 });
      pauses.push(Math.round(bench.fire()));
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 10000, 10000]);
    bench.last.say(HELLO);
    bench.last.onclose?.({ code: 1006 });
    expect(Math.round(bench.fire())).toBe(500);
  });

  it("hears only its newest socket", () => {
    const first = bench.last;
    const late = first.onmessage;
    first.onclose?.({ code: 1006 });
    bench.fire();
    expect(first.closed).toBe(true);
    expect(first.onmessage).toBeNull();
    expect(late).not.toBeNull();
    expect(bench.sockets).toHaveLength(2);
  });

  it("pings a quiet socket and leaves it when nothing comes back", () => {
    bench.last.say(HELLO);
    bench.fire();
    expect(bench.last.sent).toEqual(['{"type":"ping"}']);
    bench.fire();
    expect(bench.links.at(-1)).toBe("waiting");
  });

  it("stays when the pong comes", () => {
    bench.last.say(HELLO);
    bench.fire();
    bench.last.say({ type: "pong" });
    expect(bench.links.at(-1)).toBe("up");
    expect(bench.messages.map((message) => message.type)).toEqual(["hello"]);
  });

  it("gives up a socket that never opens", () => {
    bench.fire();
    expect(bench.links).toEqual(["connecting", "waiting"]);
  });

  it("hurries out of a pause", () => {
    bench.last.onclose?.({ code: 1006 });
    bench.signalling.hurry();
    expect(bench.sockets).toHaveLength(2);
    expect(bench.signalling.link).toBe("connecting");
  });

  it.each(["message", "close code"])("does not come back once signed out by %s", (how) => {
    bench.last.say(HELLO);
    if (how === "message") bench.last.say({ type: "signed_out" });
    else bench.last.onclose?.({ code: 4401 });
    expect(bench.signedOut).toBe(1);
    expect(bench.signalling.link).toBe("closed");
    expect(bench.timer).toBeUndefined();
  });

  it("does not come back by itself after it made room for a newer window, but when it is looked at", () => {
    bench.last.say(HELLO);
    bench.last.onclose?.({ code: 4429 });
    expect(bench.signalling.link).toBe("waiting");
    expect(bench.timer).toBeUndefined();
    bench.signalling.hurry();
    expect(bench.signalling.link).toBe("connecting");
  });

  it("survives garbage", () => {
    bench.last.say(HELLO);
    bench.last.onmessage?.({ data: "{" });
    bench.last.onmessage?.({ data: new ArrayBuffer(2) });
    expect(bench.links.at(-1)).toBe("up");
  });
});
