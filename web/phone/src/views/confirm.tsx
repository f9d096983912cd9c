import { useEffect, useRef, useState } from "preact/hooks";

interface Asked {
  question: string;
  /** On the button that does it. */
  yes: string;
  act: () => void;
}

/** Asks once more before something is done. The view shows whatever opens the question, and the question where it has room. */
export function useConfirm({ question, yes, act }: Asked) {
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    requestAnimationFrame(() => opener.current?.focus({ preventScroll: true }));
  };
  const done = () => {
    setOpen(false);
    act();
  };
  const panel = open ? <Question question={question} yes={yes} done={done} close={close} /> : null;
  return { opener, open, ask: () => setOpen(true), panel };
}

function Question({ question, yes, done, close }: { question: string; yes: string; done: () => void; close: () => void }) {
  const group = useRef<HTMLDivElement>(null);
  useEffect(() => group.current?.focus({ preventScroll: false }), []);
  return (
    <div
      ref={group}
      class="confirm"
      role="group"
      tabIndex={-1}
      aria-label={question}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <p>{question}</p>
      <div class="confirm-buttons">
        <button class="button button-soft" onClick={close}>
          Cancel
        </button>
        <button class="button button-danger" onClick={done}>
          {yes}
        </button>
      </div>
    </div>
  );
}
