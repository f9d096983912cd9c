/** Sentences for people. Server texts come ready-made; these are for what only the page knows. */

import type { Choice, Device, CallDirection, Message, Outcome, Permission } from "./protocol";

/** What stands between a person and their microphone. */
export type MicTrouble = "insecure" | "unsupported" | "denied" | "missing" | "busy" | "unknown";

export interface Advice {
  title: string;
  text: string;
  steps: string[];
}

export const MICROPHONE: Record<MicTrouble, Advice> = {
  insecure: {
    title: "This page is not secure",
    text: "Browsers lend the microphone only to secure pages, and this one was opened over plain http.",
    steps: ["Open the phone at an https:// address, or", "on the machine itself, at http://localhost or http://127.0.0.1."],
  },
  unsupported: {
    title: "This browser cannot call",
    text: "It has no WebRTC audio, which calls are made of.",
    steps: ["Use a current Chrome, Edge, Firefox or Safari.", "If WebRTC was switched off by a setting or an extension, allow it for this page."],
  },
  denied: {
    title: "The microphone is blocked",
    text: "You or a setting said no when the browser asked for the microphone.",
    steps: ["Open the site settings beside the address.", "Set Microphone to Allow.", "Come back and try again."],
  },
  missing: {
    title: "No microphone found",
    text: "The browser sees no microphone on this device.",
    steps: ["Plug in a headset or a microphone.", "Check that it is switched on in the system's sound settings.", "Try again."],
  },
  busy: {
    title: "The microphone is in use",
    text: "It is there, but another program holds it.",
    steps: ["Close other calls and recorders.", "Try again."],
  },
  unknown: {
    title: "The microphone did not start",
    text: "The browser gave no usable reason.",
    steps: ["Reload the page and try again.", "If it stays, try another browser."],
  },
};

/** The microphone is fine and the audio did not start all the same. */
export const AUDIO_FAILED: Advice = {
  title: "The audio did not start",
  text: "Your browser could not set up the sound of this call.",
  steps: ["Try once more.", "If it fails again, reload the page: the call rings on meanwhile."],
};

const OUTCOME_TITLE: Record<Outcome, string> = {
  answered: "Call ended",
  not_answered: "No answer",
  declined: "Call declined",
  cancelled: "Call cancelled",
  failed: "Call failed",
};

export function outcomeTitle(outcome: Outcome, direction: CallDirection = "user_initiated"): string {
  const missed = direction === "business_initiated" && (outcome === "not_answered" || outcome === "cancelled");
  return missed ? "Missed call" : OUTCOME_TITLE[outcome];
}

/** The three published answers (platform docs, Obtain user call permissions). */
export const CHOICE: Record<Choice, string> = {
  allow: "Allow calls",
  allow_temporarily: "Temporarily allow (7 days)",
  deny: "Don't allow",
};

export const CHOSEN: Record<Choice, string> = {
  allow: "You allowed calls.",
  allow_temporarily: "You allowed calls for 7 days.",
  deny: "You did not allow calls.",
};

export const DEVICE: Record<Device, string> = {
  phone: "phone",
  companion: "companion phone",
  web: "web browser",
  desktop: "desktop",
};

export const PHONES_ONLY = "Calls work only on phones. You can chat from here.";

/** What a business may do at the moment. */
export function permissionLine(name: string, permission: Permission): string {
  const who = isolated(name);
  switch (permission.kind) {
    case "none":
      return `${who} may not call you.`;
    case "temporary":
      return `${who} may call you until ${moment(permission.expires_at)}.`;
    case "permanent":
      return `${who} may always call you.`;
  }
}

export const reportQuestion = (name: string): string => `Report this call? The phone service takes note of it; ${isolated(name)} is not told.`;

export const blockQuestion = (name: string): string =>
  `Block ${isolated(name)}? It can neither call you nor write to you, loses its permission to call, and is not told.`;

export const BLOCKED_NOTE = "You blocked this business. It can neither call you nor write to you, and you cannot call it.";

/** Within a sentence that may read the other way (Unicode's first strong isolate). */
export const isolated = (name: string): string => `\u2068${name}\u2069`;

/** A message in one line, for a list. */
export function preview(message: Message): string {
  const text = message.body ?? message.header ?? (message.card ? "May we call you?" : message.buttons?.[0]?.text) ?? message.footer ?? "";
  const line = text.replace(/\s+/g, " ").trim();
  return message.from === "user" ? `You: ${line}` : line;
}

/** `5 Dec, 14:05`. */
export function moment(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toLocaleString([], { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
}

/** `14:05`. */
export function hour(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
}

/** `Today`, `Yesterday`, a weekday within the week, then a date: the line over the messages of a day. */
export function day(unixSeconds: number, now: Date): string {
  const days = daysAgo(new Date(unixSeconds * 1000), now);
  return days <= 0 ? "Today" : when(unixSeconds, now);
}

/** `0:07`, `12:34`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** `7 seconds`, `1 minute 5 seconds`: how a screen reader should say it. */
export function spoken(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor(whole / 60) % 60, "minute"],
    [whole % 60, "second"],
  ];
  const said = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}${n === 1 ? "" : "s"}`);
  return said.length > 0 ? said.join(" ") : "0 seconds";
}

/** One or two letters for an avatar. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter((word) => /\p{L}|\p{N}/u.test(word));
  const letter = (word: string | undefined) => [...(word ?? "")].find((c) => /\p{L}|\p{N}/u.test(c)) ?? "";
  const first = letter(words[0]);
  const last = words.length > 1 ? letter(words.at(-1)) : "";
  return (first + last).toLocaleUpperCase() || "#";
}

/** A stable choice among `of` avatar colours. */
export function hue(seed: string, of: number): number {
  let sum = 0;
  for (const c of seed) sum = (sum * 31 + (c.codePointAt(0) ?? 0)) >>> 0;
  return sum % of;
}

/** `14:05` today, `Yesterday`, a weekday within the week, then a date. */
export function when(unixSeconds: number, now: Date): string {
  const then = new Date(unixSeconds * 1000);
  const days = daysAgo(then, now);
  if (days <= 0) return hour(unixSeconds);
  if (days === 1) return "Yesterday";
  if (days < 7) return then.toLocaleDateString([], { weekday: "long" });
  return then.toLocaleDateString([], { day: "numeric", month: "short" });
}

/** `today at 14:05`, `tomorrow at 14:05`, `on Monday at 14:05` within the week, then `on 5 December at 14:05`. */
export function opening(unixSeconds: number, now: number): string {
  const then = new Date(unixSeconds * 1000);
  const days = -daysAgo(then, new Date(now * 1000));
  const at = `at ${hour(unixSeconds)}`;
  if (days <= 0) return `today ${at}`;
  if (days === 1) return `tomorrow ${at}`;
  const date: Intl.DateTimeFormatOptions = days < 7 ? { weekday: "long" } : { day: "numeric", month: "long" };
  return `on ${then.toLocaleDateString([], date)} ${at}`;
}

function daysAgo(then: Date, now: Date): number {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(now) - midnight(then)) / 86_400_000);
}
