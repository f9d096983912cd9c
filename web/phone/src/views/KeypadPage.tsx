import { useState } from "preact/hooks";
import type { App } from "../app";
import { CallIcon, EraseIcon } from "./icons";
import { Keys } from "./Keys";
import { Page } from "./Page";

/** E.164 allows 15 digits. */
const MAX_DIGITS = 15;
const MIN_DIGITS = 6;

/** Dialling a number by hand. */
export function KeypadPage({ app }: { app: App }) {
  const [typed, setTyped] = useState("");
  const digits = typed.replace(/\D/g, "");
  const known = app.state.businesses?.find((business) => business.number === digits);
  const type = (more: string) => setTyped((before) => keep(before + more));
  const call = () => {
    if (digits.length < MIN_DIGITS) return;
    app.dial(known ?? { number: digits, display: `+${digits}`, name: `+${digits}` }, "call_log");
  };
  return (
    <Page title="Keypad">
      <form
        class="dialler"
        onSubmit={(event) => {
          event.preventDefault();
          call();
        }}
      >
        <div class="typed">
          <input
            type="tel"
            inputMode="none"
            dir="ltr"
            aria-label="Number to call"
            placeholder="Country code and number"
            autocomplete="off"
            value={typed}
            onInput={(event) => setTyped(keep(event.currentTarget.value))}
          />
          <p class="typed-name" aria-live="polite">
            <bdi>{known?.name}</bdi>
          </p>
        </div>
        <Keys press={type} />
        <div class="dialler-foot">
          <span />
          <button class="big big-call" aria-label={known ? `Call ${known.name}` : "Call"} disabled={digits.length < MIN_DIGITS}>
            <CallIcon />
          </button>
          <button type="button" class="round" aria-label="Erase last digit" disabled={typed === ""} onClick={() => setTyped(typed.slice(0, -1))}>
            <EraseIcon />
          </button>
        </div>
      </form>
    </Page>
  );
}

/** A leading `+` and digits; what else people paste is dropped. */
const keep = (text: string): string =>
  (text.trim().startsWith("+") ? "+" : "") + text.replace(/\D/g, "").slice(0, MAX_DIGITS);
