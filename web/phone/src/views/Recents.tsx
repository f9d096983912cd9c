import type { App } from "../app";
import { mayCall } from "../app-state";
import type { Recent } from "../protocol";
import { clock, outcomeTitle, spoken, when } from "../words";
import { Avatar } from "./Avatar";
import { isBlocked } from "./Block";
import { Digits } from "./Digits";
import { CallIcon, IncomingIcon, MissedIcon, OutgoingIcon } from "./icons";
import { ALL_OF_THEM, Empty } from "./Empty";
import { Page } from "./Page";

export function Recents({ app }: { app: App }) {
  const { recents } = app.state;
  return (
    <Page title="Recents">
      {recents.length === 0 ? (
        <Empty>
          You have no calls yet. {mayCall(app.state) ? "Choose a business and tap its call button." : "Calls of your phone are listed here too."}{" "}
          {ALL_OF_THEM}
        </Empty>
      ) : (
        <ul class="list">
          {recents.map((recent) => (
            <li class="row" key={recent.call}>
              <a class="row-main" href={`#/business/${recent.number}`}>
                <Avatar name={recent.name} number={recent.number} />
                <span class="row-text">
                  <span class="row-title">
                    <bdi>{recent.name}</bdi>
                  </span>
                  <How recent={recent} />
                </span>
                <time class="row-when" dateTime={new Date(recent.at * 1000).toISOString()}>
                  {when(recent.at, new Date())}
                </time>
              </a>
              {mayCall(app.state) && !isBlocked(app, recent.number) && (
                <button class="round round-call" aria-label={`Call ${recent.name} again`} onClick={() => app.dial(recent, "call_log")}>
                  <CallIcon />
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

/** Cancelling and declining were the person's own wish and need no alarm. */
export const alarming = ({ outcome, direction }: Recent): boolean =>
  outcome !== "answered" && outcome !== (direction === "business_initiated" ? "declined" : "cancelled");

/** Who called whom. */
export function Way({ recent }: { recent: Recent }) {
  if (recent.direction === "business_initiated") return <IncomingIcon />;
  return recent.outcome === "answered" ? <OutgoingIcon /> : <MissedIcon />;
}

/** How a past call went, in a line. */
export function How({ recent }: { recent: Recent }) {
  const talked = recent.duration;
  return (
    <span class={`row-sub how${alarming(recent) ? " how-missed" : ""}`} title={recent.text}>
      <Way recent={recent} />
      {talked === undefined ? (
        outcomeTitle(recent.outcome, recent.direction)
      ) : (
        <>
          <span aria-hidden="true">
            <Digits>{clock(talked)}</Digits>
          </span>
          <span class="sr-only">talked for {spoken(talked)}</span>
        </>
      )}
    </span>
  );
}
