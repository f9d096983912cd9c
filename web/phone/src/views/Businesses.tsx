import { useState } from "preact/hooks";
import type { App } from "../app";
import { mayCall } from "../app-state";
import type { Business } from "../protocol";
import { hashOf } from "../route";
import { Avatar } from "./Avatar";
import { isBlocked } from "./Block";
import { Digits } from "./Digits";
import { CallIcon, SearchIcon } from "./icons";
import { Empty } from "./Empty";
import { Page } from "./Page";
import { PhonesOnly } from "./PhonesOnly";
import { Waiting } from "./Waiting";

/** Below this many a search field would only be in the way. */
const SEARCH_FROM = 7;

export function Businesses({ app }: { app: App }) {
  const [wanted, setWanted] = useState("");
  const { businesses, user } = app.state;
  const all = businesses ?? [];
  const found = all.filter((business) => matches(business, wanted));
  return (
    <Page
      title="Businesses"
      aside={
        user && (
          <a class="me" href="#/you">
            <Avatar name={user.name} number={user.number} />
            <span class="sr-only">You: {user.name}</span>
          </a>
        )
      }
    >
      {!mayCall(app.state) && <PhonesOnly />}
      {all.length >= SEARCH_FROM && (
        <label class="search">
          <SearchIcon />
          <input
            type="search"
            aria-label="Search businesses"
            placeholder="Search"
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        </label>
      )}
      {businesses === undefined ? (
        <Waiting />
      ) : all.length === 0 ? (
        <Empty>No business has a number here yet. Whoever runs this phone service adds them; this page shows one at once.</Empty>
      ) : found.length === 0 ? (
        <Empty>
          Nothing matches “<bdi>{wanted}</bdi>”.{" "}
          <button class="link" onClick={() => setWanted("")}>
            Show all
          </button>
        </Empty>
      ) : (
        <ul class="list">
          {found.map((business) => (
            <Row key={business.number} business={business} app={app} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function Row({ business, app }: { business: Business; app: App }) {
  const why = business.icon_hidden;
  const calls = mayCall(app.state);
  const blocked = isBlocked(app, business.number);
  return (
    <li class="row">
      <a class="row-main" href={hashOf({ at: "business", number: business.number })}>
        <Avatar name={business.name} number={business.number} />
        <span class="row-text">
          <span class="row-title">
            <bdi>{business.name}</bdi>
          </span>
          <span class="row-sub">{blocked ? "Blocked" : why && calls ? why.text : <Digits>{business.display}</Digits>}</span>
        </span>
      </a>
      {!blocked && !why && calls && (
        <button class="round round-call" aria-label={`Call ${business.name}`} onClick={() => app.dial(business, "icon")}>
          <CallIcon />
        </button>
      )}
    </li>
  );
}

function matches(business: Business, wanted: string): boolean {
  const words = wanted.trim().toLocaleLowerCase();
  const digits = wanted.replace(/\D/g, "");
  return business.name.toLocaleLowerCase().includes(words) || (digits !== "" && business.number.includes(digits));
}
