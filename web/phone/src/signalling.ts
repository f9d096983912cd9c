/**
 * The socket to the server, kept alive: pings, notices silence, comes back with growing pauses.
 *
 * It carries messages and knows nothing of calls. What was said into a broken socket is lost on purpose: the call machine says
 * again what must be said again once `hello` has come, and a digit that arrives late would be worse than one that is missing.
 */

import { parseServerMessage } from "./parse";
import { CLOSE_SIGNED_OUT, CLOSE_TOO_MANY, type ClientMessage, type ServerMessage } from "./protocol";

/** What this needs of a WebSocket; the browser's fits. */
export interface Socket {
  readonly readyState: number;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: string): void;
  close(): void;
}

export interface World {
  open(): Socket;
  /** 0 ≤ n < 1. */
  random(): number;
  later(run: () => void, ms: number): unknown;
  cancel(timer: unknown): void;
}

export interface Listener {
  message(message: ServerMessage): void;
  link(link: Link): void;
  signedOut(): void;
}

/** `up` only after `hello`: before it the page does not know what the server knows. */
export type Link = "connecting" | "up" | "waiting" | "closed";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const PING_EVERY_MS = 15_000;
const SILENT_AFTER_MS = 8_000;
const OPENS_WITHIN_MS = 8_000;
const OPEN = 1;

export class Signalling {
  private socket: Socket | undefined;
  private failures = 0;
  private timer: unknown;
  private state: Link = "closed";

  constructor(
    private readonly world: World,
    private readonly listener: Listener,
  ) {}

  get link(): Link {
    return this.state;
  }

  start(): void {
    if (this.state === "closed") this.connect();
  }

  stop(): void {
    this.drop();
    this.enter("closed");
  }

  /** Comes back at once instead of at the end of a pause: the network or the window returned. */
  hurry(): void {
    if (this.state === "waiting") this.connect();
    else if (this.state === "up") this.ping();
  }

  /** Whether it went into an open socket. */
  send(message: ClientMessage): boolean {
    if (this.state !== "up" || this.socket?.readyState !== OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  private connect(): void {
    this.drop();
    this.enter("connecting");
    const socket = this.world.open();
    this.socket = socket;
    socket.onmessage = (event) => this.received(event.data);
    socket.onclose = (event) => this.closed(event.code);
    this.after(OPENS_WITHIN_MS, () => this.lost());
  }

  private received(data: unknown): void {
    const message = typeof data === "string" ? parseServerMessage(data) : undefined;
    this.after(PING_EVERY_MS, () => this.ping());
    if (!message) {
      console.warn("callport: a message of the server was not understood");
      return;
    }
    if (message.type === "signed_out") {
      this.over();
      return;
    }
    if (message.type === "hello") {
      this.failures = 0;
      this.enter("up");
    }
    if (message.type !== "pong") this.listener.message(message);
  }

  private ping(): void {
    this.send({ type: "ping" });
    this.after(SILENT_AFTER_MS, () => this.lost());
  }

  private closed(code: number): void {
    if (code === CLOSE_SIGNED_OUT) this.over();
    else if (code === CLOSE_TOO_MANY) this.aside();
    else this.lost();
  }

  /** Made room for a newer window: comes back when this one is looked at again, not by itself, or they would take turns for ever. */
  private aside(): void {
    this.drop();
    this.enter("waiting");
  }

  private lost(): void {
    this.drop();
    this.enter("waiting");
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures);
    this.failures += 1;
    // Between half and all of it, so that a restarted server is not met by everyone at once.
    this.after(pause * (0.5 + this.world.random() / 2), () => this.connect());
  }

  private over(): void {
    this.stop();
    this.listener.signedOut();
  }

  private drop(): void {
    this.world.cancel(this.timer);
    const socket = this.socket;
    this.socket = undefined;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private after(ms: number, run: () => void): void {
    this.world.cancel(this.timer);
    this.timer = this.world.later(run, ms);
  }

  private enter(link: Link): void {
    if (this.state === link) return;
    this.state = link;
    this.listener.link(link);
  }
}
