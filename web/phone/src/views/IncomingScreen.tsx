import { useEffect, useRef, useState } from "preact/hooks";
import type { App } from "../app";
import type { CallState } from "../call-state";
import { Avatar } from "./Avatar";
import { Digits } from "./Digits";
import { useFocus } from "./focus";
import { CallIcon, HangUpIcon, MicOffIcon, SoundIcon } from "./icons";

/** A business calls: who it is, and the two answers. */
export function IncomingScreen({ app, call }: { app: App; call: CallState }) {
  const { name, number, display } = call.peer;
  // Who was typing would pick up with the next space or line: then the heading has the focus, one step before the answers.
  const [typing] = useState(() => document.activeElement?.matches("input, textarea") ?? false);
  const heading = useRef<HTMLHeadingElement>(null);
  const accept = useFocus<HTMLButtonElement>(call.advice);
  useEffect(() => {
    if (typing) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="live">
      <header class="live-top">
        <p class="live-status">Incoming call</p>
        <h1 ref={heading} tabIndex={-1}>
          <bdi>{name}</bdi>
        </h1>
        <p class="sound">
          <Digits>{display}</Digits>
        </p>
      </header>
      <div class="live-face">
        {call.advice ? (
          <section class="advice" role="alert">
            <h2>
              <MicOffIcon /> {call.advice.title}
            </h2>
            <p>{call.advice.text}</p>
            <ol>
              {call.advice.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
            <p>The call still rings: accept again, or decline.</p>
          </section>
        ) : (
          <div class="rings rings-incoming">
            <span />
            <span />
            <span />
            <Avatar name={name} number={number} size="l" />
          </div>
        )}
        {app.state.ringBlocked ? (
          <button class="hint hint-button" onClick={() => app.unblockRing()}>
            <SoundIcon /> Your browser muted the ring tone. Tap to hear it
          </button>
        ) : (
          <p class="hint" />
        )}
      </div>
      <footer class="controls controls-incoming">
        <div class="control">
          <button class="big big-end" aria-label="Decline" onClick={() => app.happen({ on: "decline" })}>
            <HangUpIcon />
          </button>
          <span aria-hidden="true">Decline</span>
        </div>
        <div class="control">
          <button ref={accept} class="big big-accept" aria-label="Accept" onClick={() => app.happen({ on: "accept" })}>
            <CallIcon />
          </button>
          <span aria-hidden="true">Accept</span>
        </div>
      </footer>
    </div>
  );
}
