/** Signing up, in and out over HTTP. The session lives in a cookie that this script cannot read. */

import type { Device, Person } from "./protocol";

export interface Me {
  /** Present when signed in. */
  user?: Person;
  /** `open`: anyone may sign up. `invitation`: with a code from the operator. */
  sign_up: "open" | "invitation";
}

export type Field = "number" | "name" | "invitation";

export interface Refused {
  reason: string;
  text: string;
  /** The input that it is about. */
  field?: Field;
}

export type Reply<T> = { ok: true; value: T } | { ok: false; refused: Refused };

const UNREACHABLE: Refused = { reason: "unreachable", text: "The server cannot be reached. Check your connection and try again." };

export const me = (): Promise<Reply<Me>> => ask<Me>("me");

/** What a session is opened with; it stays on that kind of device. */
interface Form {
  number: string;
  invitation?: string;
  device?: Device;
}

export const signUp = (form: Form & { name: string }): Promise<Reply<Me>> => ask<Me>("sign-up", form);

export const signIn = (form: Form): Promise<Reply<Me>> => ask<Me>("sign-in", form);

export const signOut = (): Promise<Reply<unknown>> => ask<unknown>("sign-out", {});

/** Whom a deep link leads to, for who is not signed in. */
export const business = (number: string): Promise<Reply<Person>> => ask<Person>(`business/${number}`);

async function ask<T>(path: string, body?: object): Promise<Reply<T>> {
  const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  try {
    const response = await fetch(`/phone/api/${path}`, { credentials: "same-origin", ...(body ? post : {}) });
    const value: unknown = await response.json();
    if (response.ok) return { ok: true, value: value as T };
    return { ok: false, refused: refusedOf(value) };
  } catch {
    return { ok: false, refused: UNREACHABLE };
  }
}

function refusedOf(value: unknown): Refused {
  const said = (value as { error?: Partial<Refused> } | null)?.error;
  if (typeof said?.text !== "string" || typeof said.reason !== "string") return UNREACHABLE;
  const { reason, text, field } = said;
  return field ? { reason, text, field } : { reason, text };
}
