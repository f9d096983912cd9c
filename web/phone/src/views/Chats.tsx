import type { App } from "../app";
import { mayCall } from "../app-state";
import type { Talk } from "../chats";
import { hashOf } from "../route";
import { listed } from "../timeline";
import { preview, when } from "../words";
import { Avatar } from "./Avatar";
import { ALL_OF_THEM, Empty } from "./Empty";
import { Page } from "./Page";
import { PhonesOnly } from "./PhonesOnly";
import { Waiting } from "./Waiting";

/** The businesses that something was said with, the latest first. */
export function ChatList({ app }: { app: App }) {
  const { chats } = app.state;
  const talks = listed(chats);
  return (
    <Page title="Chats">
      {!mayCall(app.state) && <PhonesOnly />}
      {!chats.known ? (
        <Waiting />
      ) : talks.length === 0 ? (
        <Empty>
          Nobody has written to you yet. A business may once you write to it first: choose one and tap Message. {ALL_OF_THEM}
        </Empty>
      ) : (
        <ul class="list">
          {talks.map((talk) => (
            <Row key={talk.peer.number} app={app} talk={talk} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function Row({ app, talk }: { app: App; talk: Talk }) {
  const { number } = talk.peer;
  const { name } = app.state.businesses?.find((one) => one.number === number) ?? talk.peer;
  const last = talk.messages.at(-1);
  const unread = talk.unread > 0;
  return (
    <li class="row">
      <a class="row-main" href={hashOf({ at: "chat", number })}>
        <Avatar name={name} number={number} />
        <span class="row-text">
          <span class="row-title">
            <bdi>{name}</bdi>
          </span>
          <span class={`row-sub row-preview${unread ? " row-fresh" : ""}`}>{talk.blocked ? "Blocked" : <bdi>{last && preview(last)}</bdi>}</span>
        </span>
        <span class="row-side">
          {last && (
            <time class="row-when" dateTime={new Date(last.at * 1000).toISOString()}>
              {when(last.at, new Date())}
            </time>
          )}
          {unread && <Count of={talk.unread} what="unread" />}
        </span>
      </a>
    </li>
  );
}

export const Count = ({ of, what }: { of: number; what: string }) => (
  <span class="count">
    <span aria-hidden="true">{of > 99 ? "99+" : of}</span>
    <span class="sr-only">
      {of} {what}
    </span>
  </span>
);
