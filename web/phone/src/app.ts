/** Joins the parts: account, socket, call machine, sound. */

import * as account from "./account";
import { Alerts } from "./alerts";
import { type AppState, begin, mayCall } from "./app-state";
import { step } from "./call";
import { type CallState, type Effect, type Event, type Wish, isBusy } from "./call-state";
import { CallSound } from "./call-sound";
import { type ChatEvent, NO_CHATS, chatStep } from "./chats";
import { Install } from "./install";
import type { Media } from "./media";
import type { Choice, Entry, LiveCall, Person, ServerMessage } from "./protocol";
import { withLine } from "./recents";
import { heardOf, reporting } from "./reports";
import { type Route, routeOf, show } from "./route";
import { Signalling, type Socket } from "./signalling";
import type { Arriving } from "./signs";
import { freshId, keepTab, socketUrl, takeTab } from "./tab";
import { waiting } from "./timeline";
import { Tones } from "./tones";

/** Calls that this page left while the server could not hear it; more than a person can place in one outage. */
const MAX_LEFT = 16;
const NOTICE_MS = 6_000;
const QUIET_KEY = "callport.quiet";

export class App {
  state: AppState = begin(routeOf(location.hash), localStorage.getItem(QUIET_KEY) !== null);

  /** Texts that were typed and not sent, by business number. */
  readonly drafts = new Map<string, string>();

  private readonly tab = takeTab();
  private readonly tones = new Tones((ringBlocked) => this.set({ ringBlocked }));
  private readonly alerts = new Alerts();
  private readonly signalling: Signalling;
  private readonly media = new CallSound({
    happen: (event) => this.happen(event),
    opened: () => this.set({ elsewhere: undefined }),
    changed: (change) => {
      this.set(change);
      if (change.figures) this.watch(change.figures.arriving);
    },
    notChosen: (text) => this.notice(text),
  });
  private readonly install = new Install((installable) => this.set({ installable }));
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
        link: (link) => {
          this.set({ link });
          this.look();
        },
        signedOut: () => this.leftAccount(),
      },
    );
    this.state.notify = this.alerts.notify;
    addEventListener("hashchange", () => this.moved());
    addEventListener("online", () => this.signalling.hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.signalling.hurry();
      this.look();
    });
    for (const touch of ["click", "keydown"]) addEventListener(touch, () => this.tones.unlock(), { once: true });
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

  dial(peer: Person, entry: Entry, payload: Pick<Wish, "deeplink_payload" | "message"> = {}): void {
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
    if (before && (event.on === "hang_up" || event.on === "decline" || (event.on === "signs" && !isBusy(state)))) this.leaveFor(before);
    this.set({ call: state });
    for (const effect of effects) this.carryOut(effect);
    this.look();
  }

  chat(event: ChatEvent): void {
    const { state, say } = chatStep(this.state.chats, event);
    this.set({ chats: state });
    for (const message of say) this.signalling.send(message);
    this.alerts.waiting(waiting(state));
  }

  say(peer: Person, text: string): void {
    this.chat({ on: "say", id: freshId(), peer, text, now: Date.now() });
  }

  sayAgain(id: string): void {
    this.chat({ on: "say_again", id, fresh: freshId() });
  }

  setPermission(peer: Person, choice: Choice): void {
    const { name, number, display } = peer;
    this.chat({ on: "set_permission", peer: { name, number, display }, choice });
  }

  block(peer: Person, blocked: boolean): void {
    const { name, number, display } = peer;
    this.chat({ on: "block", peer: { name, number, display }, blocked });
  }

  report(call: string): void {
    if (this.signalling.send({ type: "report", call })) this.set({ reports: reporting(this.state.reports, call) });
  }

  /** The person taps: from then on a call is heard and seen while the page is in the background. */
  async letRing(): Promise<void> {
    this.tones.unlock();
    await this.alerts.ask();
    this.set({ notify: this.alerts.notify });
  }

  /** No, and never again on this device. */
  stayQuiet(): void {
    localStorage.setItem(QUIET_KEY, "1");
    this.set({ quiet: true });
  }

  tryRingTone(): void {
    this.tones.sample();
  }

  async installPhone(): Promise<void> {
    this.set({ installable: false });
    await this.install.ask();
  }

  chooseMicrophone(id: string): void {
    void this.media.chooseMicrophone(id);
  }

  chooseSpeaker(id: string): void {
    this.tones.through(id);
    void this.media.chooseSpeaker(id);
  }

  /** Says something to who cannot see it. */
  announce(announcement: string): void {
    this.set({ announcement });
  }

  go(route: Route): void {
    show(route);
  }

  unblockSound(): void {
    this.media.unblock();
  }

  unblockRing(): void {
    this.tones.unlock();
  }

  get sound(): Media | undefined {
    return this.media.current;
  }

  private received(message: ServerMessage): void {
    const now = performance.now();
    this.chat({ on: "message", message, now: Date.now() });
    this.set({ reports: heardOf(this.state.reports, message) });
    switch (message.type) {
      case "hello":
        this.set({ user: message.user, device: message.device, businesses: message.businesses, recents: message.recents });
        this.happen({ on: "message", message, now });
        this.found(message.call);
        return;
      case "businesses":
        this.set({ businesses: message.businesses });
        return;
      case "recent":
        this.set({ recents: withLine(this.state.recents, message.recent) });
        return;
      case "problem":
        this.notice(message.text);
        break;
      case "reported":
        this.announce("The call was reported.");
        return;
      case "blocked":
        this.announce(message.blocked ? "Blocked." : "Not blocked any more.");
        return;
      case "incoming":
        this.incoming(message, message.call);
        return;
      case "refused": {
        const button = this.state.call?.wish?.message;
        if (message.reason === "button_expired" && button) this.chat({ on: "button_expired", message: button });
        break;
      }
      case "ended":
        this.left = this.left.filter((id) => id !== message.call);
        if (this.state.elsewhere?.call === message.call) this.set({ elsewhere: undefined });
        break;
      default:
    }
    this.happen({ on: "message", message, now });
  }

  /** A live call that the server told of when the socket came up. */
  private found(live: LiveCall | undefined): void {
    const mine = this.state.call;
    if (!live || !mayCall(this.state) || (isBusy(mine) && (mine.call === live.call || mine.wish?.dial === live.dial))) {
      this.set({ elsewhere: undefined });
      return;
    }
    const rings = live.view === "incoming" && !live.here;
    if (this.left.includes(live.call) || (live.dial !== undefined && this.left.includes(live.dial))) {
      this.signalling.send({ type: live.view === "incoming" ? "decline" : "hang_up", call: live.call });
      return;
    }
    this.set({ elsewhere: rings ? undefined : live });
    if (rings) this.incoming(live, live.call);
    // This page was reloaded in the middle of its call: it simply goes on.
    else if (live.here && !isBusy(mine)) this.takeOver(live);
  }

  private incoming({ name, number, display }: Person, call: string): void {
    if (mayCall(this.state)) this.happen({ on: "incoming", peer: { name, number, display }, call });
  }

  private carryOut(effect: Effect): void {
    switch (effect.do) {
      case "send":
        if (!this.signalling.send(effect.message) && effect.message.type === "dial") this.signalling.hurry();
        return;
      case "open_media":
        void this.media.open(() => this.state.call?.muted ?? false);
        return;
      case "renew_media":
        void this.media.renew(() => this.state.call?.muted ?? false);
        return;
      case "close_media":
        this.media.close();
        return;
      case "apply_answer":
        this.media.answer(effect.answer);
        return;
      case "mute":
        this.media.mute(effect.muted);
        return;
      case "tone":
        this.tones.play(effect.tone);
        return;
      case "key_tone":
        this.tones.key(effect.digit);
        return;
      case "alert":
        this.alerts.ring(effect.peer);
        return;
      case "calm":
        this.alerts.calm(effect.missed);
        if (effect.missed && this.state.route.at !== "recents") this.set({ missed: this.state.missed + 1 });
        return;
      case "notice":
        this.notice(effect.text);
        return;
      case "announce":
        this.set({ announcement: effect.text });
        return;
    }
  }

  /** What arrives is the only sign of a call while the server cannot be heard. */
  private watch(arriving: Arriving): void {
    if (isBusy(this.state.call)) this.happen({ on: "signs", online: this.state.link === "up", arriving, now: performance.now() });
  }

  private leaveFor(call: CallState): void {
    const ids = [call.call, call.wish?.dial].filter((id) => id !== undefined);
    if (isBusy(call)) this.left = [...this.left, ...ids].slice(-MAX_LEFT);
  }

  private leftAccount(): void {
    this.media.close();
    this.tones.play("none");
    this.alerts.calm();
    this.alerts.waiting(0);
    this.drafts.clear();
    this.set({ account: "signed_out", user: undefined, businesses: undefined, recents: [], call: undefined, elsewhere: undefined, chats: NO_CHATS, reports: new Map(), missed: 0 });
    show({ at: "businesses" });
  }

  private pageHidden(): void {
    if (isBusy(this.state.call)) keepTab(this.tab);
  }

  private moved(): void {
    const { route: before } = this.state;
    const route = routeOf(location.hash);
    this.set({ route, before, ...(route.at === "recents" && { missed: 0 }) });
    this.look();
  }

  /** Tells the chats which of them is on the screen: what a call covers or nobody can see is not. */
  private look(): void {
    const { route, call, link, chats } = this.state;
    const seen = route.at === "chat" && link === "up" && call === undefined && document.visibilityState === "visible";
    const number = seen ? route.number : undefined;
    if (number !== chats.looking) this.chat({ on: "look", ...(number !== undefined && { number }) });
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
