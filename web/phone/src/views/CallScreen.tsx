import { useEffect, useState } from "preact/hooks";
import type { App } from "../app";
import { status } from "../call";
import type { CallState, Panel } from "../call-state";
import { soundLine, talkHint } from "../sound-line";
import { AudioPanel } from "./AudioPanel";
import { Avatar } from "./Avatar";
import { Digits } from "./Digits";
import { EndScreen } from "./EndScreen";
import { useFocus, useReturnFocus } from "./focus";
import { HangUpIcon, KeypadIcon, MicIcon, MicOffIcon, SoundIcon } from "./icons";
import { IncomingScreen } from "./IncomingScreen";
import { isKey, Keys } from "./Keys";

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
  const unheard = app.state.devices.microphones.length === 0; // not asked for, not allowed yet
  const timer = talking && call.cutOffAt === undefined;
  const show = (panel: Panel) => app.happen({ on: "panel", ...(call.panel !== panel && { panel }) });
  useKeys(app, call);
  return (
    <div class="live">
      <header class="live-top">
        <p class={`live-status${timer ? " live-timer" : ""}`} role={timer ? "timer" : undefined}>
          {timer ? <Digits>{status(call, now)}</Digits> : status(call, now)}
        </p>
        <h1>
          <bdi>{call.peer.name}</bdi>
        </h1>
        <HowItSounds app={app} call={call} online={online} />
      </header>
      {call.panel === "keypad" ? (
        <div class="live-keypad">
          <output class="pressed" aria-label="Digits sent">
            {call.pressed.slice(-SHOWN_DIGITS) || "\u00a0"}
          </output>
          <Keys press={(digit) => app.happen({ on: "press", digit })} disabled={!talking || !online} />
        </div>
      ) : call.panel === "audio" ? (
        <AudioPanel app={app} />
      ) : (
        <Face app={app} call={call} now={now} />
      )}
      <footer class="controls">
        <Control
          label={call.muted ? "Unmute" : "Mute"}
          pressed={call.muted}
          act={() => app.happen({ on: "mute", muted: !call.muted })}
        >
          {call.muted ? <MicOffIcon /> : <MicIcon />}
        </Control>
        <Control label="Audio" open={call.panel === "audio"} disabled={unheard && call.panel !== "audio"} act={() => show("audio")}>
          <SoundIcon />
        </Control>
        <Control label="Keypad" open={call.panel === "keypad"} disabled={!talking} act={() => show("keypad")}>
          <KeypadIcon />
        </Control>
        <div class="control">
          <button ref={hangUp} class="big big-end" aria-label="Hang up" onClick={() => app.happen({ on: "hang_up", now: performance.now() })}>
            <HangUpIcon />
          </button>
          <span aria-hidden="true">Hang up</span>
        </div>
      </footer>
    </div>
  );
}

function Face({ app, call, now }: { app: App; call: CallState; now: number }) {
  const { name, number } = call.peer;
  const level = Math.min(1, app.state.figures.heard * 2.5);
  return (
    <div class="live-face">
      <div class={`rings rings-${call.phase}`} style={{ "--level": String(level) }}>
        <span />
        <span />
        <span />
        <Avatar name={name} number={number} size="l" />
      </div>
      <Hint app={app} call={call} now={now} />
    </div>
  );
}

interface ControlProps {
  label: string;
  /** Of a switch. */
  pressed?: boolean;
  /** Of what shows a panel. */
  open?: boolean;
  disabled?: boolean;
  act: () => void;
  children: preact.ComponentChildren;
}

const Control = ({ label, pressed, open, disabled = false, act, children }: ControlProps) => (
  <div class="control">
    <button class="control-face" aria-label={label} aria-pressed={pressed} aria-expanded={open} disabled={disabled} onClick={act}>
      {children}
    </button>
    <span aria-hidden="true">{label}</span>
  </div>
);

function HowItSounds({ app, call, online }: { app: App; call: CallState; online: boolean }) {
  const { text, mark } = soundLine(call, online, app.state.figures);
  return (
    <p class={`sound sound-${mark}`} role="status">
      {text || <Digits>{call.peer.display}</Digits>}
    </p>
  );
}

function Hint({ app, call, now }: { app: App; call: CallState; now: number }) {
  if (app.state.soundBlocked) {
    return (
      <button class="hint hint-button" onClick={() => app.unblockSound()}>
        <SoundIcon /> Tap to hear {call.peer.name}
      </button>
    );
  }
  const text = talkHint(call, app.state.figures.packetsReceived, now);
  if (call.microphoneGone) {
    return (
      <button class="hint hint-button" onClick={() => app.happen({ on: "panel", panel: "audio" })}>
        <MicOffIcon /> {text} Choose another one
      </button>
    );
  }
  return <p class="hint">{text}</p>;
}

/** Digits, M and Escape from a keyboard. */
function useKeys(app: App, call: CallState): void {
  const talking = call.phase === "connected";
  const { panel, muted } = call;
  useEffect(() => {
    const down = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (talking && isKey(event.key)) {
        if (panel !== "keypad") app.happen({ on: "panel", panel: "keypad" });
        app.happen({ on: "press", digit: event.key });
      } else if (event.key === "m" || event.key === "M") {
        app.happen({ on: "mute", muted: !muted });
      } else if (event.key === "Escape" && panel) {
        app.happen({ on: "panel" });
      }
    };
    addEventListener("keydown", down);
    return () => removeEventListener("keydown", down);
  }, [app, talking, panel, muted]);
}

function useNow(): number {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
