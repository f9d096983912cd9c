import { KEYS } from "../protocol";

const LETTERS: Record<string, string> = {
  "2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV", "9": "WXYZ", "0": "+",
};
const NAMES: Record<string, string> = { "*": "star", "#": "hash" };

/** Twelve keys. */
export const Keys = ({ press, disabled = false }: { press: (key: string) => void; disabled?: boolean }) => (
  <div class="keys" role="group" aria-label="Keypad">
    {KEYS.map((key) => (
      <button key={key} class="key" type="button" disabled={disabled} aria-label={NAMES[key]} onClick={() => press(key)}>
        <span class={/\d/.test(key) ? "" : "key-sign"}>{key}</span>
        {key in NAMES || <small aria-hidden="true">{LETTERS[key] ?? ""}</small>}
      </button>
    ))}
  </div>
);

export const isKey = (key: string): boolean => (KEYS as readonly string[]).includes(key);
