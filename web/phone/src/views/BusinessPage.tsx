import type { App } from "../app";
import { when } from "../words";
import { Avatar } from "./Avatar";
import { CallIcon, InfoIcon } from "./icons";
import { Page } from "./Page";
import { How } from "./Recents";

/** How many of the past calls with one business are shown on its page. */
const SHOWN = 8;

export function BusinessPage({ app, number }: { app: App; number: string }) {
  const business = app.state.businesses?.find((one) => one.number === number);
  const past = app.state.recents.filter((recent) => recent.number === number).slice(0, SHOWN);
  const known = business ?? past[0];
  if (!known) {
    return (
      <Page title="Business" back={{ at: "businesses" }}>
        <p class="empty">{app.state.businesses ? "No business has this number here." : "Loading…"}</p>
      </Page>
    );
  }
  const why = business ? business.icon_hidden : { reason: "gone", text: "This business is no longer here." };
  return (
    <Page title={known.name} back={{ at: "businesses" }} quiet>
      <section class="card card-top">
        <Avatar name={known.name} number={known.number} size="m" />
        <p class="card-name" aria-hidden="true">
          {known.name}
        </p>
        <p class="muted number">{known.display}</p>
        {business && !why && (
          <button class="button button-main button-call" onClick={() => app.dial(business, "icon")}>
            <CallIcon /> Call
          </button>
        )}
        {why && (
          <p class="note">
            <InfoIcon />
            <span>{why.text}</span>
          </p>
        )}
        {business && why && business.callable_from_log && past.length > 0 && (
          <button class="button button-soft" onClick={() => app.dial(business, "call_log")}>
            <CallIcon /> Call from your call log
          </button>
        )}
      </section>
      {past.length > 0 && (
        <section>
          <h2 class="list-title">Your calls</h2>
          <ul class="list">
            {past.map((recent) => (
              <li class="row row-plain" key={recent.call}>
                <span class="row-text">
                  <span class="row-line">{recent.text}</span>
                  <How recent={recent} />
                </span>
                <time class="row-when" dateTime={new Date(recent.at * 1000).toISOString()}>
                  {when(recent.at, new Date())}
                </time>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Page>
  );
}
