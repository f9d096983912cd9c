import { useEffect, useState } from "preact/hooks";

/** Timers of browsers hold no more than 2³¹ ms; looking again in between costs nothing. */
const LONGEST_MS = 3_600_000;

/** The page clock, in milliseconds, drawn anew whenever one of these moments comes. */
export function useDeadlines(moments: number[]): number {
  const [, look] = useState(0);
  const now = Date.now();
  const next = Math.min(...moments.filter((moment) => moment > now));
  useEffect(() => {
    if (!Number.isFinite(next)) return undefined;
    const timer = setTimeout(() => look((looks) => looks + 1), Math.min(LONGEST_MS, next - Date.now() + 1));
    return () => clearTimeout(timer);
  });
  return now;
}
