import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { App } from "../app";
import { MAX_OUTGOING } from "../chats";
import { MAX_TEXT, type Person } from "../protocol";
import { SendIcon } from "./icons";

/** From here on it is worth saying how much room is left. */
const TELL_ROOM_BELOW = 200;

/** Where a person writes. The text stays when they look elsewhere meanwhile. */
export function Compose({ app, peer, sent }: { app: App; peer: Person; sent: () => void }) {
  const [text, setText] = useState(app.drafts.get(peer.number) ?? "");
  const box = useRef<HTMLTextAreaElement>(null);
  const room = MAX_TEXT - text.length;
  const full = app.state.chats.outgoing.length >= MAX_OUTGOING;
  const empty = text.trim() === "";
  const write = (next: string) => {
    setText(next);
    if (next === "") app.drafts.delete(peer.number);
    else app.drafts.set(peer.number, next);
  };
  const send = () => {
    if (empty || full) return;
    app.say(peer, text);
    write("");
    sent();
    box.current?.focus();
  };
  useLayoutEffect(() => {
    const area = box.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);
  return (
    <form
      class="compose"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {(full || room < TELL_ROOM_BELOW) && (
        <p class="compose-note muted" role="status">
          {full ? "Many messages wait to be sent. Wait for the connection." : `${room} characters left`}
        </p>
      )}
      <textarea
        ref={box}
        rows={1}
        dir="auto"
        aria-label="Write a message"
        placeholder="Message"
        maxLength={MAX_TEXT}
        value={text}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          // On a touch keyboard the key makes a new line, as people expect of it there.
          if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
          event.preventDefault();
          send();
        }}
      />
      <button class="round send" aria-label="Send" disabled={empty || full}>
        <SendIcon />
      </button>
    </form>
  );
}
