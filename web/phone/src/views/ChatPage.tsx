import type { App } from "../app";
import { mayCall } from "../app-state";
import type { Talk } from "../chats";
import type { Recent } from "../protocol";
import { hashOf } from "../route";
import { buttonEnds, cardEnds, type Item, timeline } from "../timeline";
import { clock, day, hour, outcomeTitle } from "../words";
import { Avatar } from "./Avatar";
import { isBlocked, Unblock } from "./Block";
import { Bubble, OutgoingBubble } from "./Bubble";
import { Compose } from "./Compose";
import { Digits } from "./Digits";
import { ALL_OF_THEM, Empty } from "./Empty";
import { CallIcon, InfoIcon } from "./icons";
import { Page } from "./Page";
import { Way, alarming } from "./Recents";
import { useReport } from "./Report";
import { useTalkScroll } from "./talk-scroll";
import { useDeadlines } from "./deadlines";

/** This close to the top, in pixels, the older messages are fetched. */
const FETCH_WITHIN = 80;

/** A chat with one business. */
export function ChatPage({ app, number }: { app: App; number: string }) {
  const { businesses, recents, chats, link } = app.state;
  const business = businesses?.find((one) => one.number === number);
  const talk = chats.talks.get(number);
  const items = timeline(
    talk,
    recents.filter((recent) => recent.number === number),
    chats.outgoing.filter((one) => one.number === number),
  );
  const now = useDeadlines(talk?.messages.flatMap((message) => [...buttonEnds(message), ...cardEnds(message)]) ?? []);
  // Only the newest word of the system offers to act on it.
  const nudge = items.findLast((item) => item.kind === "message" && item.message.from === "system");
  const fetchOlder = () => link === "up" && app.chat({ on: "older", number });
  const scroll = useTalkScroll(items, (top) => top < FETCH_WITHIN && talk?.more && fetchOlder());
  const peer = business ?? talk?.peer;
  if (!peer) {
    return (
      <Page title="Chat" back={{ at: "chats" }} quiet>
        <Empty>{chats.known ? <>No business has this number here. {ALL_OF_THEM}</> : "Loading…"}</Empty>
      </Page>
    );
  }
  const { name } = peer;
  const blocked = isBlocked(app, number);
  return (
    <Page
      title={name}
      back={{ at: "chats" }}
      quiet
      face={<Avatar name={name} number={number} />}
      aside={
        <>
          <a class="round" href={hashOf({ at: "business", number })} aria-label={`About ${name}`}>
            <InfoIcon />
          </a>
          {business && !blocked && !business.icon_hidden && mayCall(app.state) && (
            <button class="round round-call" aria-label={`Call ${name}`} onClick={() => app.dial(business, "icon")}>
              <CallIcon />
            </button>
          )}
        </>
      }
      foot={blocked ? <Unblock app={app} peer={peer} /> : <Compose key={number} app={app} peer={peer} sent={scroll.toEnd} />}
      scroll={scroll}
    >
      {talk?.more && (
        <button class="link earlier" disabled={talk.loading || link !== "up"} onClick={fetchOlder}>
          {talk.loading ? "Loading…" : "Earlier messages"}
        </button>
      )}
      {items.length === 0 && (
        <Empty>
          Nothing was said here yet. Write to <bdi>{name}</bdi> below: then it may also write to you.
        </Empty>
      )}
      <div class="talk-log" role="log" aria-label="Conversation">
        <ol class="talk">
          {items.map((item) => (
            <One key={item.key} app={app} talk={talk} item={item} now={now} nudge={item === nudge && !blocked} name={name} />
          ))}
        </ol>
      </div>
    </Page>
  );
}

interface OneProps {
  app: App;
  talk: Talk | undefined;
  item: Item;
  now: number;
  nudge: boolean;
  name: string;
}

function One({ app, talk, item, now, nudge, name }: OneProps) {
  switch (item.kind) {
    case "day":
      return <li class="pill">{day(item.at, new Date())}</li>;
    case "call":
      return <PastCall app={app} recent={item.recent} name={name} />;
    case "outgoing":
      return <OutgoingBubble app={app} outgoing={item.outgoing} />;
    case "message":
      if (!talk) return null;
      if (item.message.from !== "system") return <Bubble app={app} talk={talk} message={item.message} now={now} />;
      return (
        <li class="pill pill-system">
          <span dir="auto">{item.message.body}</span>
          {nudge && (
            <a class="link" href={hashOf({ at: "business", number: talk.peer.number })}>
              Change permission
            </a>
          )}
        </li>
      );
  }
}

/** A past call, which can be reported. */
function PastCall({ app, recent, name }: { app: App; recent: Recent; name: string }) {
  const { call, outcome, direction, duration } = recent;
  const { flag, panel } = useReport({ app, call, name, which: `the call of ${hour(recent.at)}` });
  return (
    <li class={`pill pill-call${alarming(recent) ? " pill-missed" : ""}`} title={recent.text}>
      <Way recent={recent} />
      <span>
        {outcome === "answered" ? (
          <>
            Call, <Digits>{clock(duration ?? 0)}</Digits>
          </>
        ) : (
          outcomeTitle(outcome, direction)
        )}
      </span>
      <time dateTime={new Date(recent.at * 1000).toISOString()}>{hour(recent.at)}</time>
      {flag}
      {panel}
    </li>
  );
}
