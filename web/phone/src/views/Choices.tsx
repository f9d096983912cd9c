import type { Choice } from "../protocol";
import { CHOICE } from "../words";
import { TickIcon } from "./icons";

const ALL: Choice[] = ["allow", "allow_temporarily", "deny"];

interface ChoicesProps {
  label: string;
  /** What is in force. */
  current: Choice | undefined;
  /** What was tapped and is not confirmed yet. */
  wished?: Choice | undefined;
  disabled: boolean;
  choose: (choice: Choice) => void;
}

/** The three published answers to "May this business call you?" (platform docs, Obtain user call permissions). */
export const Choices = ({ label, current, wished, disabled, choose }: ChoicesProps) => (
  <div class="choices" role="group" aria-label={label} aria-busy={wished !== undefined}>
    {ALL.map((choice) => {
      const chosen = (wished ?? current) === choice;
      return (
        <button key={choice} class="choice" type="button" aria-pressed={chosen} disabled={disabled} onClick={() => choose(choice)}>
          {CHOICE[choice]}
          {chosen && <TickIcon />}
        </button>
      );
    })}
  </div>
);
