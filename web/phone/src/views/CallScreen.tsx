import { useEffect, useState } from "preact/hooks";
import type { App } from "../app";
import { status } from "../call";
import type { CallState, Sound } from "../call-state";
import { Avatar } from "./Avatar";
import { EndScreen } from "./EndScreen";
import { useFocus, useReturnFocus } from "./focus";
import { HangUpIcon, KeypadIcon, MicIcon, MicOffIcon, SoundIcon } from "./icons";
import { IncomingScreen } from "./IncomingScreen";
import { isKey, Keys } from "./Keys";

/** Silence after the pick-up that is worth a word. */
const QUIET_AFTER_MS = 5_000;
const TICK_MS = 250;
/** What fits beside each other above the keypad. */
const SHOWN_DIGITS = 14;

/** A call from the tap, or the ring, to the end. Covers the whole phone; what is under it is inert. */
export function CallScreen({ app, call }: { app: App; call: CallState }) {
  useReturnFocus();
  return (
    <div class="call" role="dialog" aria-modal="true" aria-label={label(call)} data-phase={call.phase}>
      <Screen app={app} call={call} />
    </div>
  );
}

const label = ({ phase, peer }: CallState): string => `${phase === "incoming" ? "Incoming call from" : "Call with"} ${peer.name}`;

function Screen({ app, call }: { app: App; call: CallState }) {
  switch (call.phase) {
    case "incoming":
      return <IncomingScreen app={app} call={call} />;
    case "ended":
      return <EndScreen app={app} call={call} />;
    default:
      return <LiveScreen app={app} call={call} />;
  }
}

function LiveScreen({ app, call }: { app: App; call: CallState }) {
  const hangUp = useFocus<HTMLButtonElement>();
  const now = useNow();
  const talking = call.phase === "connected";
  const online = app.state.link === "up";
  const level = Math.min(1, app.state.figures.heard * 2.5);
  useKeys(app, call);
  return (
    <div class="live">
      <header class="live-top">
        <p class={`live-status${talking ? " live-timer" : ""}`} role={talking ? "timer" : undefined}>
          {status(call, now)}
        </p>
        <h1>{call.peer.name}</h1>
        <SoundLine call={call} online={online} />
      </header>
      {call.keypad ? (
        <div class="live-keypad">
          <output class="pressed" aria-label="Digits sent">
            {call.pressed.slice(-SHOWN_DIGITS) || "\u00a0"}
          </output>
          <Keys press={(digit) => app.happen({ on: "press", digit })} disabled={!talking || !online} />
        </div>
      ) : (
        <div class="live-face">
          <div class={`rings rings-${call.phase}`} style={{ "--level": String(level) }}>
            <span />
            <span />
            <span />
            <Avatar name={call.peer.name} number={call.peer.number} size="l" />
          </div>
          <Hint app={app} call={call} now={now} />
        </div>
      )}
      <footer class="controls">
        <Control
          label={call.muted ? "Unmute" : "Mute"}
          pressed={call.muted}
          act={() => app.happen({ on: "mute", muted: !call.muted })}
        >
          {call.muted ? <MicOffIcon /> : <MicIcon />}
        </Control>
        <button ref={hangUp} class="big big-end" aria-label="Hang up" onClick={() => app.happen({ on: "hang_up", now: performance.now() })}>
          <HangUpIcon />
        </button>
        <Control
          label={call.keypad ? "Hide" : "Keypad"}
          pressed={call.keypad}
          disabled={!talking}
          act={() => app.happen({ on: "keypad", open: !call.keypad })}
        >
          <KeypadIcon />
        </Control>
      </footer>
    </div>
  );
}

interface ControlProps {
  label: string;
  pressed: boolean;
  disabled?: boolean;
  act: () => void;
  children: preact.ComponentChildren;
}

const Control = ({ label, pressed, disabled = false, act, children }: ControlProps) => (
  <div class="control">
    <button class="control-face" aria-label={label} aria-pressed={pressed} disabled={disabled} onClick={act}>
      {children}
    </button>
    <span aria-hidden="true">{label}</span>
  </div>
);

const SOUND: Record<Sound, string> = {
  negotiating: "Setting up audio…",
  path_open: "Line open",
  both_ways: "Audio both ways",
};

/** How far the sound is, apart from the timer: a running timer alone does not mean that anybody hears anything. */
function SoundLine({ call, online }: { call: CallState; online: boolean }) {
  if (!online) {
    return <p class="sound sound-away">{call.call ? "Reconnecting… the call goes on" : "Reconnecting…"}</p>;
  }
  if (call.rejoining) return <p class="sound sound-away">Finding a new path for the audio…</p>;
  if (call.phase === "preparing" || (call.phase === "answering" && call.offer === undefined)) return <p class="sound">Starting your microphone…</p>;
  if (call.phase !== "connected" && call.sound === "negotiating") return <p class="sound">{call.peer.display}</p>;
  return <p class={`sound sound-${call.sound}`}>{SOUND[call.sound]}</p>;
}

function Hint({ app, call, now }: { app: App; call: CallState; now: number }) {
  if (app.state.soundBlocked) {
    return (
      <button class="hint hint-button" onClick={() => app.unblockSound()}>
        <SoundIcon /> Tap to hear {call.peer.name}
      </button>
    );
  }
  const text = hint(app, call, now);
  return <p class="hint">{text}</p>;
}

function hint(app: App, call: CallState, now: number): string {
  const { name } = call.peer;
  if (call.microphoneGone) return `Your microphone was unplugged. ${name} cannot hear you.`;
  if (call.muted) return `You are muted. ${name} cannot hear you.`;
  if (call.phase !== "connected" || call.sound === "both_ways" || now - (call.connectedAt ?? now) < QUIET_AFTER_MS) return "";
  return app.state.figures.packetsReceived > 0 ? `${name} may not hear you yet.` : `No sound from ${name} yet.`;
}

/** Digits, M and Escape from a keyboard. */
function useKeys(app: App, call: CallState): void {
  const talking = call.phase === "connected";
  const { keypad, muted } = call;
  useEffect(() => {
    const down = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (talking && isKey(event.key)) {
        if (!keypad) app.happen({ on: "keypad", open: true });
        app.happen({ on: "press", digit: event.key });
      } else if (event.key === "m" || event.key === "M") {
        app.happen({ on: "mute", muted: !muted });
      } else if (event.key === "Escape" && keypad) {
        app.happen({ on: "keypad", open: false });
      }
    };
    addEventListener("keydown", down);
    return () => removeEventListener("keydown", down);
  }, [app, talking, keypad, muted]);
}

function useNow(): number {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
