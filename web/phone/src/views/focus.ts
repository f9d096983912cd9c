import { useEffect, useRef, useState } from "preact/hooks";

/** Puts the focus on an element when it appears: a new screen is read out from its heading or its main button. */
export function useFocus<T extends HTMLElement>(when: unknown = true) {
  const ref = useRef<T>(null);
  useEffect(() => {
    ref.current?.focus({ preventScroll: true });
  }, [when]);
  return ref;
}

/** Gives the focus back to whatever had it before this screen covered it. */
export function useReturnFocus(): void {
  // Looked up while rendering: by the time of an effect the focus is already on this screen.
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // What was covered is inert until the page without this screen is drawn.
      requestAnimationFrame(() => {
        if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
      });
    },
    [before],
  );
}
