import type { App } from "../app";
import { mayCall } from "../app-state";
import { hashOf } from "../route";
import { Avatar } from "./Avatar";
import { isBlocked, Unblock } from "./Block";
import { Digits } from "./Digits";
import { ALL_OF_THEM, Empty } from "./Empty";
import { CallIcon, InfoIcon } from "./icons";
import { Page } from "./Page";
import { PhonesOnly } from "./PhonesOnly";

/** Where a deep link leads: whom it calls, and the button that does. Following a link dials nothing. */
export function LinkPage({ app, number, payload }: { app: App; number: string; payload?: string | undefined }) {
  const business = app.state.businesses?.find((one) => one.number === number);
  if (!business) {
    return (
      <Page title="Call link" back={{ at: "businesses" }}>
        <Empty>{app.state.businesses ? <>No business has the number of this link here. {ALL_OF_THEM}</> : "Loading…"}</Empty>
      </Page>
    );
  }
  const why = business.icon_hidden;
  return (
    <Page title="Call link" back={{ at: "businesses" }} quiet>
      <section class="card card-top">
        <Avatar name={business.name} number={business.number} size="m" />
        <h2 class="card-name">
          <bdi>{business.name}</bdi>
        </h2>
        <p class="muted">
          <Digits>{business.display}</Digits>
        </p>
        {!mayCall(app.state) ? (
          <PhonesOnly />
        ) : isBlocked(app, number) ? (
          <Unblock app={app} peer={business} />
        ) : why ? (
          <p class="note">
            <InfoIcon />
            <span>{why.text}</span>
          </p>
        ) : (
          <>
            <button
              class="button button-main button-call"
              onClick={() => app.dial(business, "deep_link", payload === undefined ? {} : { deeplink_payload: payload })}
            >
              <CallIcon /> Call
            </button>
            <p class="muted">A link brought you here. Nothing is dialled before you tap Call.</p>
          </>
        )}
        <a class="link" href={hashOf({ at: "business", number })}>
          About this business
        </a>
      </section>
    </Page>
  );
}
