/** What a chat shows: its messages, the calls with that business and what is being sent, day by day. */

import type { Chats, Held, Outgoing, Talk } from "./chats";
import type { Recent } from "./protocol";

export type Item =
  | { kind: "day"; key: string; at: number }
  | { kind: "message"; key: string; at: number; message: Held }
  | { kind: "call"; key: string; at: number; recent: Recent }
  | { kind: "outgoing"; key: string; at: number; outgoing: Outgoing };

export function timeline(talk: Talk | undefined, recents: Recent[], outgoing: Outgoing[]): Item[] {
  const messages = (talk?.messages ?? []).map((message): Item => ({ kind: "message", key: message.id, at: message.at, message }));
  // Calls from before the oldest message that is loaded would stand without what belongs between them.
  const from = talk?.more ? (messages[0]?.at ?? Infinity) : -Infinity;
  const calls = recents
    .filter((recent) => recent.at >= from)
    .map((recent): Item => ({ kind: "call", key: recent.call, at: recent.at, recent }));
  // What was not confirmed comes last, whatever this page's clock says.
  const unsent = outgoing.map((one): Item => ({ kind: "outgoing", key: one.id, at: one.at, outgoing: one }));
  return [...withDays([...messages, ...calls].sort((a, b) => a.at - b.at)), ...unsent];
}

function withDays(items: Item[]): Item[] {
  let last = "";
  return items.flatMap((item): Item[] => {
    const day = new Date(item.at * 1000).toDateString();
    if (day === last) return [item];
    last = day;
    return [{ kind: "day", key: day, at: item.at }, item];
  });
}

/** Chats in which something was said, the latest first. */
export function listed(state: Chats): Talk[] {
  const last = (talk: Talk) => talk.messages.at(-1)?.at ?? 0;
  return [...state.talks.values()].filter((talk) => talk.messages.length > 0).sort((a, b) => last(b) - last(a));
}

/** Messages that wait to be read. */
export const waiting = (state: Chats): number => [...state.talks.values()].reduce((sum, talk) => sum + talk.unread, 0);

/** When the call buttons of a message run out, by the page clock. */
export const buttonEnds = (one: Held): number[] =>
  (one.buttons ?? []).flatMap((button) => (button.kind === "call" ? [one.heard + button.expires_in_ms] : []));

/** When its card can no longer be answered. */
export const cardEnds = (one: Held): number[] =>
  one.card?.answerable_for_ms === undefined ? [] : [one.heard + one.card.answerable_for_ms];

export const buttonLives = (one: Held, expiresInMs: number, now: number): boolean => !one.spent && now < one.heard + expiresInMs;

export const cardLives = (one: Held, now: number): boolean => one.card?.answerable === true && cardEnds(one).every((end) => now < end);
