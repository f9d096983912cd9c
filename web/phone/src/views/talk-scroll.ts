import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Item } from "../timeline";

/** This close to the end, in pixels, a person is reading the newest. */
const AT_END_WITHIN = 60;

/**
 * Scrolling of a chat: at the newest message when it opens and for as long as the person stays there; where they were reading
 * when older messages come in above.
 */
export function useTalkScroll(items: Item[], moved: (top: number) => unknown) {
  const box = useRef<HTMLDivElement>(null);
  const was = useRef({ first: "", height: 0, atEnd: true });
  const toEnd = () => {
    was.current.atEnd = true;
  };
  const settle = () => {
    const at = box.current;
    if (at && was.current.atEnd) at.scrollTop = at.scrollHeight;
  };
  // The line of the day stays the first one when older messages of that day come in above.
  const first = items.find(({ kind }) => kind === "message")?.key ?? "";
  useLayoutEffect(() => {
    const at = box.current;
    if (!at) return;
    const { current } = was;
    if (current.atEnd) settle();
    else if (first !== current.first) at.scrollTop += at.scrollHeight - current.height;
    current.first = first;
    current.height = at.scrollHeight;
  });
  // A keyboard that opens takes room away from below.
  useEffect(() => {
    if (!box.current) return undefined;
    const watch = new ResizeObserver(settle);
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return {
    box,
    toEnd,
    moved: () => {
      const at = box.current;
      if (!at) return;
      was.current.atEnd = at.scrollHeight - at.scrollTop - at.clientHeight < AT_END_WITHIN;
      moved(at.scrollTop);
    },
  };
}
