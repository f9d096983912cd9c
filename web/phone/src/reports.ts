/** Calls that this person reported, as far as this page knows: the server keeps count, and says of each that it was taken. */

import type { ServerMessage } from "./protocol";

/** A report that is on its way, or one that the server took. */
export type Report = "asked" | "taken";

/** By call. */
export type Reports = ReadonlyMap<string, Report>;

/** More reports than one sitting has; the oldest go, and their calls can be reported again. */
const MOST = 64;

export const reporting = (reports: Reports, call: string): Reports => put(reports, call, "asked");

/** What the server says: taken, or, by a problem or a new greeting, nothing of those that are on their way. */
export function heardOf(reports: Reports, message: ServerMessage): Reports {
  switch (message.type) {
    case "reported":
      return put(reports, message.call, "taken");
    case "problem":
    case "hello":
      return new Map([...reports].filter(([, report]) => report === "taken"));
    default:
      return reports;
  }
}

function put(reports: Reports, call: string, report: Report): Reports {
  const others = [...reports].filter(([other]) => other !== call);
  return new Map([...others.slice(-(MOST - 1)), [call, report]]);
}
