import type { App } from "../app";
import type { Route } from "../route";
import { hashOf } from "../route";
import { mayCall } from "../app-state";
import { waiting } from "../timeline";
import { Avatar } from "./Avatar";
import { Businesses } from "./Businesses";
import { BusinessPage } from "./BusinessPage";
import { CallScreen } from "./CallScreen";
import { ChatList, Count } from "./Chats";
import { ChatPage } from "./ChatPage";
import { BellIcon, ChatIcon, CloseIcon, ClockIcon, KeypadIcon, MarkIcon, StoreIcon } from "./icons";
import { KeypadPage } from "./KeypadPage";
import { LinkPage } from "./LinkPage";
import { Recents } from "./Recents";
import { SignIn } from "./SignIn";
import { You } from "./You";

export function Root({ app }: { app: App }) {
  const { account, call, announcement } = app.state;
  return (
    <div class="phone">
      {account === "signed_in" ? <Home app={app} covered={call !== undefined} /> : <Before app={app} />}
      {call && <CallScreen app={app} call={call} />}
      <p class="sr-only" role="status" aria-live="polite">
        {announcement}
      </p>
    </div>
  );
}

function Before({ app }: { app: App }) {
  const { account, route } = app.state;
  switch (account) {
    case "signed_out":
      return <SignIn rule={app.state.signUp} entered={(me) => app.entered(me)} link={route.at === "link" ? route.number : undefined} />;
    case "unreachable":
      return (
        <main class="welcome">
          <div class="welcome-top">
            <MarkIcon />
            <h1>No connection</h1>
            <p class="muted">The phone service cannot be reached. Until it can, no call reaches you.</p>
          </div>
          <button class="button button-main" onClick={() => void app.start()}>
            Try again
          </button>
        </main>
      );
    default:
      return (
        <main class="welcome" aria-busy="true" aria-label="Loading">
          <div class="welcome-top">
            <MarkIcon />
          </div>
        </main>
      );
  }
}

function Home({ app, covered }: { app: App; covered: boolean }) {
  const { route, chats, missed } = app.state;
  return (
    <div class="home" inert={covered}>
      <Banners app={app} />
      <Place app={app} route={route} />
      {/* A chat needs the room, and has a way back. */}
      {route.at !== "chat" && (
        <nav class="tabs" aria-label="Phone">
          <Tab route={{ at: "businesses" }} here={route} label="Businesses" icon={<StoreIcon />} />
          <Tab route={{ at: "chats" }} here={route} label="Chats" icon={<ChatIcon />} news={waiting(chats)} what="unread" />
          <Tab route={{ at: "recents" }} here={route} label="Recents" icon={<ClockIcon />} news={missed} what="missed" />
          {mayCall(app.state) && <Tab route={{ at: "keypad" }} here={route} label="Keypad" icon={<KeypadIcon />} />}
        </nav>
      )}
    </div>
  );
}

function Place({ app, route }: { app: App; route: Route }) {
  switch (route.at) {
    case "businesses":
      return <Businesses app={app} />;
    case "chats":
      return <ChatList app={app} />;
    case "chat":
      return <ChatPage key={route.number} app={app} number={route.number} />;
    case "recents":
      return <Recents app={app} />;
    case "keypad":
      return <KeypadPage app={app} />;
    case "you":
      return <You app={app} />;
    case "business":
      return <BusinessPage key={route.number} app={app} number={route.number} />;
    case "link":
      return <LinkPage key={route.number} app={app} number={route.number} payload={route.payload} />;
  }
}

interface TabProps {
  route: Route;
  here: Route;
  label: string;
  icon: preact.ComponentChildren;
  /** How many things wait there, and of what kind. */
  news?: number;
  what?: string;
}

function Tab(props: TabProps) {
  const { news = 0, what = "" } = props;
  const current = props.here.at === props.route.at;
  return (
    <a class="tab" href={hashOf(props.route)} aria-current={current ? "page" : undefined}>
      {props.icon}
      <span>{props.label}</span>
      {news > 0 && <Count of={news} what={what} />}
    </a>
  );
}

function Banners({ app }: { app: App }) {
  const { link, elsewhere, notice, businesses } = app.state;
  return (
    <div class="banners" role="status">
      {/* The first connection is told by the list itself. */}
      {businesses && link !== "up" && <p class="banner banner-warm">Reconnecting… Until then nothing reaches you here.</p>}
      {notice && <p class="banner">{notice}</p>}
      {elsewhere && (
        <button class="banner banner-call" onClick={() => app.takeOver(elsewhere)}>
          <Avatar name={elsewhere.name} number={elsewhere.number} />
          <span>
            <b>
              In a call with <bdi>{elsewhere.name}</bdi>
            </b>
            <small>In another window. Continue here</small>
          </span>
        </button>
      )}
      <Bell app={app} />
    </div>
  );
}

/** Offered once a business may call, when it begins to make sense; never asked by itself. */
function Bell({ app }: { app: App }) {
  const { notify, quiet, chats } = app.state;
  const expected = [...chats.talks.values()].some((talk) => talk.permission.kind !== "none");
  if (notify !== "default" || quiet || !expected || !mayCall(app.state)) return null;
  return (
    <div class="banner banner-bell">
      <BellIcon />
      <span>Notify you of calls?</span>
      <button class="link" onClick={() => void app.letRing()}>
        Turn on
      </button>
      <button class="round" aria-label="Not now" onClick={() => app.stayQuiet()}>
        <CloseIcon />
      </button>
    </div>
  );
}
