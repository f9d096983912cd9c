import type { App } from "../app";
import { mayCall } from "../app-state";
import { hashOf, type Route } from "../route";
import { when } from "../words";
import type { Recent } from "../protocol";
import { Avatar } from "./Avatar";
import { Block, isBlocked, Unblock } from "./Block";
import { Digits } from "./Digits";
import { ALL_OF_THEM, Empty } from "./Empty";
import { CallIcon, ChatIcon, InfoIcon } from "./icons";
import { Page } from "./Page";
import { Permissions } from "./Permissions";
import { PhonesOnly } from "./PhonesOnly";
import { How } from "./Recents";
import { useReport } from "./Report";

/** How many of the past calls with one business are shown on its page. */
const SHOWN = 8;

export function BusinessPage({ app, number }: { app: App; number: string }) {
  const business = app.state.businesses?.find((one) => one.number === number);
  const past = app.state.recents.filter((recent) => recent.number === number).slice(0, SHOWN);
  const known = business ?? past[0] ?? app.state.chats.talks.get(number)?.peer;
  const calls = mayCall(app.state);
  const { before } = app.state;
  const back: Route = before?.at === "chat" && before.number === number ? before : { at: "businesses" };
  if (!known) {
    return (
      <Page title="Business" back={{ at: "businesses" }}>
        <Empty>{app.state.businesses ? <>No business has this number here. {ALL_OF_THEM}</> : "Loading…"}</Empty>
      </Page>
    );
  }
  const blocked = isBlocked(app, number);
  const why = business ? business.icon_hidden : { reason: "gone", text: "This business is no longer here." };
  return (
    <Page title={known.name} back={back} quiet>
      <section class="card card-top">
        <Avatar name={known.name} number={known.number} size="m" />
        <p class="card-name" aria-hidden="true">
          <bdi>{known.name}</bdi>
        </p>
        <p class="muted">
          <Digits>{known.display}</Digits>
        </p>
        {blocked && <Unblock app={app} peer={known} />}
        {business && !blocked && !why && calls && (
          <button class="button button-main button-call" onClick={() => app.dial(business, "icon")}>
            <CallIcon /> Call
          </button>
        )}
        {!calls ? (
          <PhonesOnly />
        ) : (
          !blocked &&
          why && (
            <p class="note">
              <InfoIcon />
              <span>{why.text}</span>
            </p>
          )
        )}
        {business && !blocked && why && calls && business.callable_from_log && past.length > 0 && (
          <button class="button button-soft" onClick={() => app.dial(business, "call_log")}>
            <CallIcon /> Call from your call log
          </button>
        )}
        {business && (
          <a class="button button-soft" href={hashOf({ at: "chat", number })}>
            <ChatIcon /> {blocked ? "See the chat" : "Message"}
          </a>
        )}
      </section>
      {business && !blocked && <Permissions app={app} peer={business} />}
      {past.length > 0 && (
        <section>
          <h2 class="list-title">Your calls</h2>
          <ul class="list">
            {past.map((recent) => (
              <Past key={recent.call} app={app} recent={recent} name={known.name} />
            ))}
          </ul>
        </section>
      )}
      {business && !blocked && <Block app={app} peer={business} />}
    </Page>
  );
}

/** A past call, which can be reported. */
function Past({ app, recent, name }: { app: App; recent: Recent; name: string }) {
  const at = when(recent.at, new Date());
  const { flag, panel } = useReport({ app, call: recent.call, name, which: `the call of ${at}` });
  return (
    <li class="row row-plain row-past">
      <span class="row-text">
        <span class="row-line">{recent.text}</span>
        <How recent={recent} />
      </span>
      <time class="row-when" dateTime={new Date(recent.at * 1000).toISOString()}>
        {at}
      </time>
      {flag}
      {panel}
    </li>
  );
}
