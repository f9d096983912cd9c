/** The call log: the server sends all of it at the greeting, and later each line that is new or has changed. */

import type { Recent } from "./protocol";

/** Lines that are kept, as many as the greeting has. */
const MOST = 50;

/** The log with this line in it, newest first. */
export function withLine(recents: Recent[], line: Recent): Recent[] {
  const others = recents.filter((recent) => recent.call !== line.call);
  const place = others.findIndex((recent) => recent.at <= line.at);
  const at = place < 0 ? others.length : place;
  return [...others.slice(0, at), line, ...others.slice(at)].slice(0, MOST);
}
