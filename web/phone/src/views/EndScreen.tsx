import { useEffect } from "preact/hooks";
import type { App } from "../app";
import type { CallState, Ending } from "../call-state";
import { clock, MICROPHONE, permissionLine, reportQuestion, spoken } from "../words";
import { Avatar } from "./Avatar";
import { isBlocked } from "./Block";
import { CallId } from "./CallId";
import { Digits } from "./Digits";
import { useConfirm } from "./confirm";
import { useFocus } from "./focus";
import { ClockIcon, HangUpIcon, InfoIcon, MicOffIcon } from "./icons";

/** Why it is over, in plain words, and what can be done now. */
export function EndScreen({ app, call }: { app: App; call: CallState }) {
  const done = useFocus<HTMLButtonElement>();
  const ending = call.ending;
  const report = useReportEnded(app, call, ending?.kind);
  const steps = ending?.trouble ? MICROPHONE[ending.trouble].steps : [];
  const dismiss = () => app.happen({ on: "dismiss" });
  useEffect(() => {
    const down = (event: KeyboardEvent) => event.key === "Escape" && dismiss();
    addEventListener("keydown", down);
    return () => removeEventListener("keydown", down);
  }, []);
  if (!ending) return null;
  const blocked = isBlocked(app, call.peer.number);
  return (
    <div class="live end">
      <header class="live-top">
        <p class="live-status">
          <bdi>{call.peer.name}</bdi>
        </p>
        <h1>{ending.title}</h1>
        {ending.duration !== undefined && (
          <p class="end-duration">
            <span aria-hidden="true">
              <Digits>{clock(ending.duration)}</Digits>
            </span>
            <span class="sr-only">Talked for {spoken(ending.duration)}</span>
          </p>
        )}
      </header>
      <div class="live-face">
        <Badge call={call} ending={ending} />
        <p class="end-text">{ending.text}</p>
        {ending.callback === "granted" && (
          <p class="end-text" role="status">
            {permissionLine(call.peer.name, app.state.chats.talks.get(call.peer.number)?.permission ?? { kind: "none" })}
          </p>
        )}
        {steps.length > 0 && (
          <ol class="steps">
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        )}
        {call.call && <CallId id={call.call} said={(text) => app.announce(text)} />}
      </div>
      <footer class="end-buttons">
        {report.panel ?? (
          <>
            {blocked && (
              <button class="button button-light" disabled={app.state.link !== "up"} onClick={() => app.block(call.peer, false)}>
                Unblock
              </button>
            )}
            {ending.again && !blocked && (
              <button class="button button-light" onClick={() => again(app, call, ending)}>
                {ending.kind === "microphone" ? "Try again" : call.direction === "business_initiated" ? "Call back" : "Call again"}
              </button>
            )}
            {ending.closed && <WhileClosed app={app} call={call} ending={ending} />}
            <button ref={done} class="button button-glass" onClick={dismiss}>
              Done
            </button>
            {report.button}
          </>
        )}
      </footer>
    </div>
  );
}

/** The call was no good, and the phone service may know: a button, and the question that takes the place of all others. */
function useReportEnded(app: App, { call, peer }: CallState, kind: Ending["kind"] | undefined) {
  const { opener, open, ask, panel } = useConfirm({
    question: reportQuestion(peer.name),
    yes: "Report",
    act: () => call && app.report(call),
  });
  const report = call === undefined ? undefined : app.state.reports.get(call);
  if (call === undefined || kind !== "ended") return { button: null, panel: null };
  const button =
    report === "taken" ? (
      <p class="end-reported" role="status">
        Reported
      </p>
    ) : (
      <button ref={opener} class="end-report" aria-expanded={open} disabled={report === "asked" || app.state.link !== "up"} onClick={ask}>
        Report
      </button>
    );
  return { button, panel };
}

/** What can be done instead of calling (platform docs, User-initiated calls). */
function WhileClosed({ app, call, ending }: { app: App; call: CallState; ending: Ending }) {
  const write = () => {
    app.happen({ on: "dismiss" });
    app.go({ at: "chat", number: call.peer.number });
  };
  return (
    <>
      <button class="button button-light" onClick={write}>
        Message
      </button>
      {ending.closed?.callback && (
        <button
          class="button button-light"
          disabled={ending.callback !== undefined || app.state.link !== "up"}
          onClick={() => app.happen({ on: "request_callback" })}
        >
          {ending.callback === "granted" ? "Callback requested" : "Request a callback"}
        </button>
      )}
    </>
  );
}

function Badge({ call, ending }: { call: CallState; ending: Ending }) {
  const icon = ending.closed ? <ClockIcon /> : ending.kind === "microphone" ? <MicOffIcon /> : ending.kind === "refused" ? <InfoIcon /> : <HangUpIcon />;
  return (
    <div class={`badge badge-${ending.kind}`}>
      <Avatar name={call.peer.name} number={call.peer.number} size="l" />
      <span class="badge-icon">{icon}</span>
    </div>
  );
}

function again(app: App, call: CallState, ending: Ending): void {
  app.happen({ on: "dismiss" });
  const { deeplink_payload, message, entry } = call.wish ?? { entry: "call_log" as const };
  // A link or a button is followed once; only when the call was never placed is its payload still due.
  const payload = ending.kind === "microphone" ? { ...(deeplink_payload && { deeplink_payload }), ...(message && { message }) } : {};
  app.dial(call.peer, entry, payload);
}
