import type { App } from "../app";
import type { Held, Outgoing, Talk } from "../chats";
import type { Button } from "../protocol";
import { mayCall } from "../app-state";
import { buttonLives } from "../timeline";
import { hour } from "../words";
import { CallIcon, ClockIcon, InfoIcon, LinkIcon, ReplyIcon, TickIcon, TicksIcon } from "./icons";
import { PermissionCard } from "./PermissionCard";

interface BubbleProps {
  app: App;
  talk: Talk;
  message: Held;
  /** Page clock, in milliseconds. */
  now: number;
}

/** One message. What a business wrote is shown as text, whatever is in it. */
export function Bubble(props: BubbleProps) {
  const { talk, message } = props;
  const { header, body, footer, buttons, card, from, at, status } = message;
  return (
    <li class={`bubble bubble-${from}`}>
      <span class="sr-only">{from === "user" ? "You" : talk.peer.name}: </span>
      {header && (
        <p class="bubble-header" dir="auto">
          {header}
        </p>
      )}
      {body && (
        <p class="bubble-body" dir="auto">
          {body}
        </p>
      )}
      {card && <PermissionCard {...props} card={card} />}
      {footer && (
        <p class="bubble-footer" dir="auto">
          {footer}
        </p>
      )}
      <p class="bubble-foot">
        <time dateTime={new Date(at * 1000).toISOString()}>{hour(at)}</time>
        {from === "user" && <Ticks status={status ?? "sent"} />}
      </p>
      {buttons && buttons.length > 0 && (
        <div class="bubble-buttons">
          {buttons.map((button, place) => (
            <Action key={place} {...props} button={button} place={place} />
          ))}
        </div>
      )}
    </li>
  );
}

const Ticks = ({ status }: { status: "sent" | "read" }) => (
  <span class={`ticks ticks-${status}`} role="img" aria-label={status === "read" ? "Read" : "Sent"}>
    {status === "read" ? <TicksIcon /> : <TickIcon />}
  </span>
);

function Action({ app, talk, message, now, button, place }: BubbleProps & { button: Button; place: number }) {
  const { number } = talk.peer;
  const online = app.state.link === "up" && !talk.blocked;
  switch (button.kind) {
    case "call": {
      const lives = buttonLives(message, button.expires_in_ms, now);
      const calls = mayCall(app.state);
      return (
        <button
          class="action"
          disabled={!lives || !calls || talk.blocked}
          onClick={() => app.dial(talk.peer, "call_log", { message: message.id })}
        >
          <CallIcon />
          {button.text}
          {(!lives || !calls) && <small>{lives ? "only on phones" : "expired"}</small>}
        </button>
      );
    }
    case "url": {
      const href = safe(button.url);
      const inside = (
        <>
          <LinkIcon />
          {button.text}
        </>
      );
      return href ? (
        <a class="action" href={href} target="_blank" rel="noopener noreferrer">
          {inside}
        </a>
      ) : (
        <span class="action action-off">{inside}</span>
      );
    }
    case "reply":
      return (
        <button
          class="action"
          disabled={!online || message.tapped?.includes(place)}
          onClick={() => app.chat({ on: "tap", number, message: message.id, button: place })}
        >
          <ReplyIcon />
          {button.text}
        </button>
      );
    default:
      return null; // A kind of a newer server.
  }
}

/** An address of the web; anything else (scripts, files, other apps) is not opened. */
function safe(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return parsed && /^https?:$/.test(parsed.protocol) ? parsed.href : undefined;
}

/** A text of this person on its way, or one that the server did not take. */
export function OutgoingBubble({ app, outgoing }: { app: App; outgoing: Outgoing }) {
  const { id, text, refused } = outgoing;
  return (
    <li class="bubble bubble-user">
      <span class="sr-only">You: </span>
      <p class="bubble-body" dir="auto">
        {text}
      </p>
      {refused === undefined ? (
        <p class="bubble-foot">
          <span class="ticks" role="img" aria-label="Sending">
            <ClockIcon />
          </span>
        </p>
      ) : (
        <div class="refused">
          <p>
            <InfoIcon /> Not sent. {refused}
          </p>
          <button class="link" onClick={() => app.sayAgain(id)}>
            Send again
          </button>
          <button class="link" onClick={() => app.chat({ on: "discard", id })}>
            Discard
          </button>
        </div>
      )}
    </li>
  );
}
