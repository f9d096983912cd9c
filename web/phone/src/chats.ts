/**
 * The chats as a pure machine: a state and an event give a new state and what is to be said. No socket, no clock of its own.
 *
 * The server has the truth. Kept here besides it is only what it cannot know: texts that it has not confirmed, choices that are on
 * their way, and which chat is on the screen.
 */

import type { Chat, Choice, ClientMessage, Message, Permission, Person, ServerMessage } from "./protocol";
import { MAX_TEXT } from "./protocol";

/** A message as held here. */
export interface Held extends Message {
  /** Page clock, in milliseconds, at which it came: what runs out is counted from then. */
  heard: number;
  /** The server was told that it is on this device. */
  told?: boolean;
  /** Chosen on its card, not confirmed yet. */
  wished?: Choice;
  /** Quick replies that were tapped here. */
  tapped?: number[];
  /** Its call button ran out: the server said so. */
  spent?: boolean;
}

/** A chat with one business. */
export interface Talk {
  peer: Person;
  /** Oldest first. */
  messages: Held[];
  more: boolean;
  /** Older ones were asked for. */
  loading: boolean;
  permission: Permission;
  /** Chosen on the business's page, not confirmed yet. */
  wished?: Choice;
  /** Nothing comes from the business, and nothing goes to it. */
  blocked: boolean;
  /** As it is to be; not confirmed yet. */
  blocking?: boolean;
  unread: number;
}

/** A text of this person that the server has not confirmed. */
export interface Outgoing {
  id: string;
  number: string;
  text: string;
  /** Unix seconds by this page's clock. */
  at: number;
  /** Why the server did not take it. */
  refused?: string;
}

export interface Chats {
  /** False until the server told of them. */
  known: boolean;
  /** By business number. */
  talks: ReadonlyMap<string, Talk>;
  outgoing: Outgoing[];
  /** The chat that a person is looking at. */
  looking?: string;
}

export type ChatEvent =
  | { on: "message"; message: ServerMessage; now: number }
  /** Which chat is on the screen of a visible page with a socket that is up; none. */
  | { on: "look"; number?: string }
  | { on: "say"; id: string; peer: Person; text: string; now: number }
  /** A refused text once more, under a new id, or not any more. */
  | { on: "say_again"; id: string; fresh: string }
  | { on: "discard"; id: string }
  | { on: "permit"; number: string; message: string; choice: Choice }
  | { on: "set_permission"; peer: Person; choice: Choice }
  | { on: "block"; peer: Person; blocked: boolean }
  | { on: "tap"; number: string; message: string; button: number }
  | { on: "older"; number: string }
  | { on: "button_expired"; message: string };

export interface ChatStep {
  state: Chats;
  say: ClientMessage[];
}

/** Texts that may wait for the server; more than anybody types in one outage. */
export const MAX_OUTGOING = 32;
/** Messages of one chat that are held; the oldest go, and can be loaded again. */
export const MAX_HELD = 1_000;

export const NO_CHATS: Chats = { known: false, talks: new Map(), outgoing: [] };
const NO_PERMISSION: Permission = { kind: "none" };

export function chatStep(state: Chats, event: ChatEvent): ChatStep {
  switch (event.on) {
    case "message":
      return heard(state, event.message, event.now);
    case "look":
      return look(state, event.number);
    case "say":
      return say(state, event);
    case "say_again":
      return sayAgain(state, event.id, event.fresh);
    case "discard":
      return quiet({ ...state, outgoing: state.outgoing.filter((one) => one.id !== event.id) });
    case "permit": {
      const { number, message, choice } = event;
      return { state: edit(state, number, message, { wished: choice }), say: [{ type: "permit", message, choice }] };
    }
    case "set_permission": {
      const talk = state.talks.get(event.peer.number) ?? fresh(event.peer);
      const { number } = event.peer;
      return { state: put(state, { ...talk, wished: event.choice }), say: [{ type: "set_permission", number, choice: event.choice }] };
    }
    case "block": {
      const { peer, blocked } = event;
      const talk = state.talks.get(peer.number) ?? fresh(peer);
      return { state: put(state, { ...talk, blocking: blocked }), say: [{ type: "block", number: peer.number, blocked }] };
    }
    case "tap":
      return tap(state, event.number, event.message, event.button);
    case "older":
      return older(state, event.number);
    case "button_expired":
      return quiet(everyTalk(state, (talk) => ({ ...talk, messages: talk.messages.map((one) => (one.id === event.message ? { ...one, spent: true } : one)) })));
  }
}

function heard(state: Chats, message: ServerMessage, now: number): ChatStep {
  switch (message.type) {
    case "hello":
      return renewed(state, message.chats, now);
    case "message":
      return arrived(state, message, now);
    case "not_sent":
      return quiet({ ...state, outgoing: state.outgoing.map((one) => (one.id === message.id ? { ...one, refused: message.text } : one)) });
    case "permission": {
      const { wished: _done, ...talk } = state.talks.get(message.number) ?? fresh(unnamed(message.number));
      return quiet(put(state, { ...talk, permission: message.permission }));
    }
    case "blocked": {
      const { blocking: _done, ...talk } = state.talks.get(message.number) ?? fresh(unnamed(message.number));
      const permission = message.blocked ? NO_PERMISSION : talk.permission;
      return quiet(put(state, { ...talk, blocked: message.blocked, permission }));
    }
    case "chat":
      return quiet(prepended(state, message, now));
    case "problem":
      return quiet(everyTalk(state, settled));
    default:
      return quiet(state);
  }
}

/** The socket is up: the server's account replaces ours, and what it has not confirmed is said again. */
function renewed(state: Chats, chats: Chat[], now: number): ChatStep {
  const talks = new Map(chats.map((chat) => [chat.number, joined(chat, state.talks.get(chat.number), now)]));
  const again = state.outgoing.filter((one) => one.refused === undefined).map(sayOf);
  const next: Chats = { ...state, known: true, talks };
  const told = tellDelivered(next);
  const seen = look(told.state, state.looking);
  return { state: seen.state, say: [...seen.say, ...told.say, ...again] };
}

/** The newest of a chat, with the older ones that were loaded before when they still touch. */
function joined(chat: Chat, before: Talk | undefined, now: number): Talk {
  const { name, number, display, messages, more, permission, blocked, unread } = chat;
  const known = new Map(before?.messages.map((one) => [one.id, one]));
  const newest = messages.map((one) => held(one, known.get(one.id), now));
  const at = before?.messages.findIndex((one) => one.id === newest[0]?.id) ?? -1;
  const loaded = before && at > 0 ? before.messages.slice(0, at) : [];
  return {
    peer: { name, number, display },
    messages: [...loaded, ...newest],
    more: before && at > 0 ? before.more : more,
    loading: false,
    permission,
    blocked,
    unread,
  };
}

/** A message that is new or changed. */
function arrived(state: Chats, said: Extract<ServerMessage, { type: "message" }>, now: number): ChatStep {
  const { number, message, echo } = said;
  const talk = state.talks.get(number) ?? fresh(unnamed(number));
  const before = talk.messages.find((one) => one.id === message.id);
  const one = held(message, before, now);
  const messages = before ? talk.messages.map((other) => (other === before ? one : other)) : inserted(talk.messages, one);
  const next = counted({ ...talk, ...bounded(messages, talk.more) }, one, before);
  const outgoing = state.outgoing.filter((waiting) => waiting.id !== echo);
  const told = tellDelivered(put({ ...state, outgoing }, next), number);
  const seen = look(told.state, state.looking);
  return { state: seen.state, say: [...seen.say, ...told.say] };
}

/** How many wait to be read, after one message came or changed. */
function counted(talk: Talk, one: Held, before: Held | undefined): Talk {
  if (one.from !== "business") return talk;
  if (one.seen !== true) return before ? talk : { ...talk, unread: talk.unread + 1 };
  if (!before || before.seen) return talk;
  // Read on another device: it, and what came before it.
  const at = talk.messages.indexOf(one);
  const messages = talk.messages.map((other, place) => (place <= at && unseen(other) ? { ...other, seen: true } : other));
  return { ...talk, messages, unread: messages.filter(unseen).length };
}

/** Marks a chat that is being looked at as read; with how far. */
function look(state: Chats, number: string | undefined): ChatStep {
  const { looking: _before, ...rest } = state;
  const next: Chats = number === undefined ? rest : { ...rest, looking: number };
  const talk = number === undefined ? undefined : next.talks.get(number);
  const last = talk?.messages.findLast(unseen);
  if (!talk || !last) return quiet(next);
  const messages = talk.messages.map((one) => (unseen(one) ? { ...one, seen: true } : one));
  return { state: put(next, { ...talk, messages, unread: 0 }), say: [{ type: "read", message: last.id }] };
}

/** Says of each message once that it is here. What is on the screen is said to be read instead (platform docs, Status webhook). */
function tellDelivered(state: Chats, only?: string): ChatStep {
  const say: ClientMessage[] = [];
  const next = everyTalk(state, (talk) => {
    const { number } = talk.peer;
    if (number === state.looking || (only !== undefined && number !== only)) return talk;
    const news = talk.messages.filter((one) => unseen(one) && !one.told);
    if (news.length === 0) return talk;
    say.push(...news.map(({ id }) => ({ type: "delivered" as const, message: id })));
    return { ...talk, messages: talk.messages.map((one) => (news.includes(one) ? { ...one, told: true } : one)) };
  });
  return { state: next, say };
}

function say(state: Chats, { id, peer, text, now }: Extract<ChatEvent, { on: "say" }>): ChatStep {
  const body = text.trim();
  if (body === "" || body.length > MAX_TEXT || state.outgoing.length >= MAX_OUTGOING) return quiet(state);
  const one: Outgoing = { id, number: peer.number, text: body, at: Math.floor(now / 1000) };
  const talk = state.talks.get(peer.number) ?? fresh(peer);
  return { state: put({ ...state, outgoing: [...state.outgoing, one] }, talk), say: [sayOf(one)] };
}

function sayAgain(state: Chats, id: string, freshId: string): ChatStep {
  const refused = state.outgoing.find((one) => one.id === id);
  if (!refused) return quiet(state);
  const { refused: _why, ...rest } = refused;
  const one: Outgoing = { ...rest, id: freshId };
  return { state: { ...state, outgoing: state.outgoing.map((other) => (other === refused ? one : other)) }, say: [sayOf(one)] };
}

function tap(state: Chats, number: string, message: string, button: number): ChatStep {
  const tapped = state.talks.get(number)?.messages.find((one) => one.id === message)?.tapped ?? [];
  if (tapped.includes(button)) return quiet(state);
  return { state: edit(state, number, message, { tapped: [...tapped, button] }), say: [{ type: "tap", message, button }] };
}

function older(state: Chats, number: string): ChatStep {
  const talk = state.talks.get(number);
  const first = talk?.messages[0];
  if (!talk || talk.loading || !talk.more) return quiet(state);
  const asked: ClientMessage = { type: "chat", number, ...(first && { before: first.id }) };
  return { state: put(state, { ...talk, loading: true }), say: [asked] };
}

function prepended(state: Chats, said: Extract<ServerMessage, { type: "chat" }>, now: number): Chats {
  const talk = state.talks.get(said.number);
  if (!talk) return state;
  const known = new Set(talk.messages.map(({ id }) => id));
  const news = said.messages.filter(({ id }) => !known.has(id)).map((one) => held(one, undefined, now));
  const messages = [...news, ...talk.messages];
  // At the bound there is no use in loading what would be dropped again.
  return put(state, { ...talk, messages, more: said.more && messages.length < MAX_HELD, loading: false });
}

/** What was asked for and refused is no longer on its way. */
function settled({ wished: _wished, blocking: _blocking, ...talk }: Talk): Talk {
  return { ...talk, loading: false, messages: talk.messages.map(({ wished: _choice, tapped: _taps, ...one }) => one) };
}

/** A message as it is now, with what this page knows of it besides. */
function held(message: Message, before: Held | undefined, now: number): Held {
  const { told, tapped, spent } = before ?? {};
  return { ...message, heard: now, ...(told && { told }), ...(tapped && { tapped }), ...(spent && { spent }) };
}

function inserted(messages: Held[], one: Held): Held[] {
  const at = messages.findLastIndex((other) => other.at <= one.at) + 1;
  return messages.toSpliced(at, 0, one);
}

const bounded = (messages: Held[], more: boolean): Pick<Talk, "messages" | "more"> =>
  messages.length > MAX_HELD ? { messages: messages.slice(-MAX_HELD), more: true } : { messages, more };

const unseen = (one: Held): boolean => one.from === "business" && one.seen !== true;

const sayOf = ({ id, number, text }: Outgoing): ClientMessage => ({ type: "say", id, number, text });

const quiet = (state: Chats): ChatStep => ({ state, say: [] });

const put = (state: Chats, talk: Talk): Chats => ({ ...state, talks: new Map(state.talks).set(talk.peer.number, talk) });

function edit(state: Chats, number: string, message: string, change: Partial<Held>): Chats {
  const talk = state.talks.get(number);
  return talk ? put(state, { ...talk, messages: talk.messages.map((one) => (one.id === message ? { ...one, ...change } : one)) }) : state;
}

const everyTalk = (state: Chats, change: (talk: Talk) => Talk): Chats => ({
  ...state,
  talks: new Map([...state.talks].map(([number, talk]) => [number, change(talk)])),
});

const fresh = (peer: Person): Talk => ({ peer, messages: [], more: false, loading: false, permission: NO_PERMISSION, blocked: false, unread: 0 });

/** A business that no `hello` told of. */
const unnamed = (number: string): Person => ({ number, display: `+${number}`, name: `+${number}` });
