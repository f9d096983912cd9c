import type { App } from "../app";
import type { Person } from "../protocol";
import { blockQuestion, BLOCKED_NOTE } from "../words";
import { useConfirm } from "./confirm";
import { BlockIcon } from "./icons";

/** Whether this person blocks a business, as far as the server said. */
export const isBlocked = (app: App, number: string): boolean => app.state.chats.talks.get(number)?.blocked ?? false;

/** On the page of a business that is not blocked: blocking it, after a question. */
export function Block({ app, peer }: { app: App; peer: Person }) {
  const waits = app.state.chats.talks.get(peer.number)?.blocking !== undefined;
  const { opener, open, ask, panel } = useConfirm({
    question: blockQuestion(peer.name),
    yes: "Block",
    act: () => app.block(peer, true),
  });
  return (
    <section class="card" aria-label="Block">
      {panel ?? (
        <button
          ref={opener}
          class="button button-danger"
          aria-expanded={open}
          disabled={waits || app.state.link !== "up"}
          onClick={ask}
        >
          <BlockIcon /> Block <bdi>{peer.name}</bdi>
        </button>
      )}
    </section>
  );
}

/** Where a business is blocked: what that means, and the way out of it. */
export function Unblock({ app, peer }: { app: App; peer: Person }) {
  const waits = app.state.chats.talks.get(peer.number)?.blocking !== undefined;
  return (
    <div class="unblock">
      <p class="note note-flat">
        <BlockIcon />
        <span>{BLOCKED_NOTE}</span>
      </p>
      <button class="button button-main" disabled={waits || app.state.link !== "up"} onClick={() => app.block(peer, false)}>
        Unblock
      </button>
    </div>
  );
}
