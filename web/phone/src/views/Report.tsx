import type { App } from "../app";
import { reportQuestion } from "../words";
import { useConfirm } from "./confirm";
import { FlagIcon, TickIcon } from "./icons";

interface ReportProps {
  app: App;
  call: string;
  /** Of the business, for the question. */
  name: string;
  /** Of the call, for who cannot see which line the flag stands in. */
  which: string;
}

/** A flag in the line of a past call, and the question that it opens below the line. */
export function useReport({ app, call, name, which }: ReportProps) {
  const report = app.state.reports.get(call);
  const { opener, ask, open, panel } = useConfirm({ question: reportQuestion(name), yes: "Report", act: () => app.report(call) });
  const flag =
    report === "taken" ? (
      <span class="reported">
        <TickIcon /> Reported
      </span>
    ) : (
      <button
        ref={opener}
        class="flag"
        aria-label={`Report ${which}`}
        aria-expanded={open}
        disabled={report === "asked" || app.state.link !== "up"}
        onClick={ask}
      >
        <FlagIcon />
      </button>
    );
  return { flag, panel };
}
