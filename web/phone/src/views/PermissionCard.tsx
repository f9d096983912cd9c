import type { App } from "../app";
import { type Held, type Talk } from "../chats";
import type { Card } from "../protocol";
import { cardLives } from "../timeline";
import { CHOSEN } from "../words";
import { CallIcon } from "./icons";
import { Choices } from "./Choices";

/** A business asks whether it may call. The answer may be changed for as long as the card can be answered. */
export function PermissionCard({ app, talk, message, card, now }: { app: App; talk: Talk; message: Held; card: Card; now: number }) {
  const { name, number } = talk.peer;
  const lives = cardLives(message, now) && !talk.blocked;
  return (
    <div class={`ask${lives ? "" : " ask-over"}`}>
      <p class="ask-title">
        <CallIcon />
        {/* A business that asks in its own words is not asked over again. */}
        <span>
          {message.body ? (
            "Permission to call"
          ) : (
            <>
              May <bdi>{name}</bdi> call you?
            </>
          )}
        </span>
      </p>
      <Choices
        label="Permission to call"
        current={card.choice}
        wished={message.wished}
        disabled={!lives || app.state.link !== "up"}
        choose={(choice) => app.chat({ on: "permit", number, message: message.id, choice })}
      />
      <p class="ask-foot">{state(card, lives)}</p>
    </div>
  );
}

function state(card: Card, lives: boolean): string {
  if (!card.choice) return lives ? "You can change your mind later." : "This request can no longer be answered.";
  return lives ? `${CHOSEN[card.choice]} You can still change this.` : CHOSEN[card.choice];
}
