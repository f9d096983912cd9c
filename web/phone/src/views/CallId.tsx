import { useRef, useState } from "preact/hooks";
import { CopyIcon, TickIcon } from "./icons";

/** The call's id, as the business and the operator know it, to be copied: both can find the call by it. */
export function CallId({ id, said }: { id: string; said: (text: string) => void }) {
  const [copied, setCopied] = useState(false);
  const text = useRef<HTMLElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(id);
      setCopied(true);
      said("Copied the call's id.");
    } catch {
      // Not allowed here: selected, it can be copied by hand.
      if (text.current) getSelection()?.selectAllChildren(text.current);
    }
  };
  return (
    <div class="call-id">
      <span>Call ID</span>
      <code ref={text} dir="ltr" title={id}>
        {id}
      </code>
      <button class="call-id-copy" onClick={() => void copy()}>
        {copied ? <TickIcon /> : <CopyIcon />}
        {copied ? "Copied" : "Copy"}
        <span class="sr-only"> call ID</span>
      </button>
    </div>
  );
}
