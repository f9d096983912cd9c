import { useState } from "preact/hooks";
import type { App } from "../app";
import type { Business } from "../protocol";
import { hashOf } from "../route";
import { Avatar } from "./Avatar";
import { CallIcon, SearchIcon } from "./icons";
import { Page } from "./Page";

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
        <p class="empty">No business has a number here yet. It appears as soon as the operator adds one.</p>
      ) : found.length === 0 ? (
        <p class="empty">Nothing matches “{wanted}”.</p>
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
  return (
    <li class="row">
      <a class="row-main" href={hashOf({ at: "business", number: business.number })}>
        <Avatar name={business.name} number={business.number} />
        <span class="row-text">
          <span class="row-title">{business.name}</span>
          <span class="row-sub">{why ? why.text : business.display}</span>
        </span>
      </a>
      {!why && (
        <button class="round round-call" aria-label={`Call ${business.name}`} onClick={() => app.dial(business, "icon")}>
          <CallIcon />
        </button>
      )}
    </li>
  );
}

const Waiting = () => (
  <ul class="list" aria-busy="true" aria-label="Loading">
    {[1, 2, 3].map((n) => (
      <li class="row ghost" key={n}>
        <span class="avatar avatar-s" />
        <span class="row-text">
          <span class="ghost-line" />
          <span class="ghost-line ghost-short" />
        </span>
      </li>
    ))}
  </ul>
);

function matches(business: Business, wanted: string): boolean {
  const words = wanted.trim().toLocaleLowerCase();
  const digits = wanted.replace(/\D/g, "");
  return business.name.toLocaleLowerCase().includes(words) || (digits !== "" && business.number.includes(digits));
}
