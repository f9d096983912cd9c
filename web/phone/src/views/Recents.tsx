import type { App } from "../app";
import type { Recent } from "../protocol";
import { clock, OUTCOME_TITLE, spoken, when } from "../words";
import { Avatar } from "./Avatar";
import { CallIcon, MissedIcon, OutgoingIcon } from "./icons";
import { Page } from "./Page";

export function Recents({ app }: { app: App }) {
  const { recents } = app.state;
  return (
    <Page title="Recents">
      {recents.length === 0 ? (
        <p class="empty">Your calls will be listed here.</p>
      ) : (
        <ul class="list">
          {recents.map((recent) => (
            <li class="row" key={recent.call}>
              <a class="row-main" href={`#/business/${recent.number}`}>
                <Avatar name={recent.name} number={recent.number} />
                <span class="row-text">
                  <span class="row-title">{recent.name}</span>
                  <How recent={recent} />
                </span>
                <time class="row-when" dateTime={new Date(recent.at * 1000).toISOString()}>
                  {when(recent.at, new Date())}
                </time>
              </a>
              <button class="round round-call" aria-label={`Call ${recent.name} again`} onClick={() => app.dial(recent, "call_log")}>
                <CallIcon />
              </button>
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

/** How a past call went, in a line. */
export function How({ recent }: { recent: Recent }) {
  const talked = recent.duration;
  const missed = recent.outcome !== "answered";
  // Cancelling was the person's own wish and needs no alarm.
  const alarming = missed && recent.outcome !== "cancelled";
  return (
    <span class={`row-sub how${alarming ? " how-missed" : ""}`} title={recent.text}>
      {missed ? <MissedIcon /> : <OutgoingIcon />}
      {talked === undefined ? (
        OUTCOME_TITLE[recent.outcome]
      ) : (
        <>
          <span aria-hidden="true">{clock(talked)}</span>
          <span class="sr-only">talked for {spoken(talked)}</span>
        </>
      )}
    </span>
  );
}
