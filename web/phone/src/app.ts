/** Joins the parts: account, socket, call machine, sound. Holds the one state that the views draw. */

import * as account from "./account";
import { type CallState, type Effect, type Event, type Wish, isBusy, step } from "./call";
import { type Figures, Media, MicrophoneError, NO_FIGURES } from "./media";
import type { Business, Entry, LiveCall, Person, Recent, ServerMessage } from "./protocol";
import { type Route, routeOf, show } from "./route";
import { type Link, Signalling, type Socket } from "./signalling";
import { Tones } from "./tones";

export interface AppState {
  /** `unknown` until the server said who we are. */
  account: "unknown" | "unreachable" | "signed_out" | "signed_in";
  signUp: account.Me["sign_up"];
  user?: Person;
  /** Absent until the first `hello`. */
  businesses?: Business[];
  recents: Recent[];
  link: Link;
  route: Route;
  call?: CallState;
  /** A live call of this person whose sound is in another window. */
  elsewhere?: LiveCall;
  figures: Figures;
  soundBlocked: boolean;
  /** For screen readers. */
  announcement: string;
  notice?: string;
}

/** Calls that this page left while the server could not hear it; more than a person can place in one outage. */
const MAX_LEFT = 16;
const NOTICE_MS = 6_000;
const RESUME_KEY = "callport.resume";

export class App {
  state: AppState = {
    account: "unknown",
    signUp: "open",
    recents: [],
    link: "closed",
    route: routeOf(location.hash),
    figures: NO_FIGURES,
    soundBlocked: false,
    announcement: "",
  };

  private readonly tab = takeTab();
  private readonly tones = new Tones();
  private readonly signalling: Signalling;
  private media: Media | undefined;
  /** Calls and dials that were left here; the server is told again until it agrees. */
  private left: string[] = [];
  private noticeTimer: number | undefined;

  constructor(private readonly changed: () => void) {
    this.signalling = new Signalling(
      {
        open: () => new WebSocket(socketUrl(this.tab)) as unknown as Socket,
        random: Math.random,
        later: (run, ms) => window.setTimeout(run, ms),
        cancel: (timer) => window.clearTimeout(timer as number | undefined),
      },
      {
        message: (message) => this.received(message),
        link: (link) => this.set({ link }),
        signedOut: () => this.leftAccount(),
      },
    );
    addEventListener("hashchange", () => this.set({ route: routeOf(location.hash) }));
    addEventListener("online", () => this.signalling.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.signalling.hurry());
    addEventListener("pagehide", () => this.pageHidden());
  }

  async start(): Promise<void> {
    const reply = await account.me();
    if (!reply.ok) {
      this.set({ account: "unreachable" });
      return;
    }
    this.entered(reply.value);
  }

  entered(me: account.Me): void {
    if (!me.user) {
      this.set({ account: "signed_out", signUp: me.sign_up });
      return;
    }
    this.set({ account: "signed_in", signUp: me.sign_up, user: me.user });
    this.signalling.start();
  }

  async signOut(): Promise<void> {
    this.happen({ on: "hang_up", now: performance.now() });
    this.happen({ on: "dismiss" });
    await account.signOut();
    this.signalling.stop();
    this.leftAccount();
  }

  dial(peer: Person, entry: Entry, payload: Pick<Wish, "deeplink_payload" | "cta_payload"> = {}): void {
    const { name, number, display } = peer;
    this.happen({ on: "dial", peer: { name, number, display }, wish: { dial: freshId(), entry, ...payload } });
  }

  takeOver(live: LiveCall): void {
    this.happen({ on: "take_over", live, now: performance.now() });
  }

  happen(event: Event): void {
    const before = this.state.call;
    if (event.on === "press" && this.state.link !== "up") return;
    const { state, effects } = step(before, event);
    if (event.on === "hang_up" && before) this.leaveFor(before);
    this.set({ call: state });
    for (const effect of effects) this.carryOut(effect);
  }

  go(route: Route): void {
    show(route);
  }

  unblockSound(): void {
    this.media?.unblock();
  }

  get sound(): Media | undefined {
    return this.media;
  }

  private received(message: ServerMessage): void {
    switch (message.type) {
      case "hello":
        this.set({ user: message.user, businesses: message.businesses, recents: message.recents });
        this.happen({ on: "message", message, now: performance.now() });
        this.found(message.call);
        return;
      case "businesses":
        this.set({ businesses: message.businesses });
        return;
      case "recents":
        this.set({ recents: message.recents });
        return;
      case "problem":
        this.notice(message.text);
        return;
      case "ended":
        this.left = this.left.filter((id) => id !== message.call);
        if (this.state.elsewhere?.call === message.call) this.set({ elsewhere: undefined });
        break;
      default:
    }
    this.happen({ on: "message", message, now: performance.now() });
  }

  /** A live call that the server told of when the socket came up. */
  private found(live: LiveCall | undefined): void {
    const mine = this.state.call;
    if (!live || (isBusy(mine) && (mine.call === live.call || mine.wish?.dial === live.dial))) {
      this.set({ elsewhere: undefined });
      return;
    }
    if (this.left.includes(live.call) || (live.dial !== undefined && this.left.includes(live.dial))) {
      this.signalling.send({ type: "hang_up", call: live.call });
      return;
    }
    this.set({ elsewhere: live });
    // This page was reloaded in the middle of its call: it simply goes on.
    if (live.here && !isBusy(mine)) this.takeOver(live);
  }

  private carryOut(effect: Effect): void {
    switch (effect.do) {
      case "send":
        if (!this.signalling.send(effect.message) && effect.message.type === "dial") this.signalling.hurry();
        return;
      case "open_media":
        void this.openMedia();
        return;
      case "renew_media":
        if (this.media) void this.makeOffer(this.media);
        return;
      case "close_media":
        this.closeMedia();
        return;
      case "apply_answer":
        void this.media?.answer(effect.answer).catch(() => this.happen({ on: "media_failed" }));
        return;
      case "mute":
        this.media?.mute(effect.muted);
        return;
      case "tone":
        this.tones.play(effect.tone);
        return;
      case "key_tone":
        this.tones.key(effect.digit);
        return;
      case "announce":
        this.set({ announcement: effect.text });
        return;
    }
  }

  private async openMedia(): Promise<void> {
    this.closeMedia();
    const media: Media = new Media({
      lost: () => this.media === media && this.happen({ on: "media_lost" }),
      microphoneGone: () => this.media === media && this.happen({ on: "microphone_gone" }),
      soundBlocked: (soundBlocked) => this.media === media && this.set({ soundBlocked }),
      figures: (figures) => this.media === media && this.set({ figures }),
    });
    this.media = media;
    try {
      await media.open();
    } catch (error) {
      const trouble = error instanceof MicrophoneError ? error.trouble : "unknown";
      if (this.media === media) this.happen({ on: "microphone_trouble", trouble });
      return;
    }
    if (this.media !== media) return;
    this.set({ elsewhere: undefined });
    await this.makeOffer(media);
  }

  private async makeOffer(media: Media): Promise<void> {
    try {
      const offer = await media.offer();
      if (this.media !== media) return;
      media.mute(this.state.call?.muted ?? false);
      this.happen({ on: "offer", offer });
    } catch {
      if (this.media === media) this.happen({ on: "media_failed" });
    }
  }

  private closeMedia(): void {
    this.media?.close();
    this.media = undefined;
    this.set({ figures: NO_FIGURES, soundBlocked: false });
  }

  private leaveFor(call: CallState): void {
    const ids = [call.call, call.wish?.dial].filter((id) => id !== undefined);
    if (isBusy(call)) this.left = [...this.left, ...ids].slice(-MAX_LEFT);
  }

  private leftAccount(): void {
    this.closeMedia();
    this.set({ account: "signed_out", user: undefined, businesses: undefined, recents: [], call: undefined, elsewhere: undefined });
    show({ at: "businesses" });
  }

  private pageHidden(): void {
    if (isBusy(this.state.call)) sessionStorage.setItem(RESUME_KEY, this.tab);
  }

  private notice(text: string): void {
    window.clearTimeout(this.noticeTimer);
    this.set({ notice: text, announcement: text });
    this.noticeTimer = window.setTimeout(() => this.set({ notice: undefined }), NOTICE_MS);
  }

  private set(change: { [K in keyof AppState]?: AppState[K] | undefined }): void {
    this.state = { ...this.state, ...change } as AppState;
    this.changed();
  }
}

/**
 * The name of this window towards the server: whose sound a call has. New for every window, kept only by a window that is
 * reloaded in a call (a duplicated one has a copy of the storage, but never of a page that was hidden).
 */
function takeTab(): string {
  const kept = sessionStorage.getItem(RESUME_KEY);
  sessionStorage.removeItem(RESUME_KEY);
  return kept ?? freshId();
}

/** 128 random bits. Not `randomUUID`, which insecure pages lack: they should be told so, not break. */
function freshId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function socketUrl(tab: string): string {
  const url = new URL("/phone/socket", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  url.search = new URLSearchParams({ tab }).toString();
  return url.href;
}
