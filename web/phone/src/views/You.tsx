import type { App } from "../app";
import { mayCall } from "../app-state";
import type { Notify } from "../alerts";
import { obstacle } from "../microphone";
import { DEVICE, MICROPHONE, PHONES_ONLY } from "../words";
import { Avatar } from "./Avatar";
import { Digits } from "./Digits";
import { BellIcon, InfoIcon, InstallIcon, SoundIcon } from "./icons";
import { Page } from "./Page";

const NOTIFY: Record<Notify, string> = {
  granted: "This phone rings while the page is open. In the background you are notified too.",
  default: "This phone rings while the page is open. Notifications tell you of calls in the background.",
  denied: "This phone rings while the page is open. Notifications are blocked in the site settings of your browser.",
  unsupported: "This phone rings while the page is open. This browser has no notifications.",
};

export function You({ app }: { app: App }) {
  const { user, device, notify, installable } = app.state;
  const calls = mayCall(app.state);
  const trouble = calls ? obstacle() : undefined;
  return (
    <Page title="You" back={{ at: "businesses" }} quiet>
      {user && (
        <section class="card card-top">
          <Avatar name={user.name} number={user.number} size="m" />
          <p class="card-name">
            <bdi>{user.name}</bdi>
          </p>
          <p class="muted">
            <Digits>{user.display}</Digits>
          </p>
          <p class="muted">Businesses see this name and number when you call.</p>
          <p class="muted">
            This device is a {DEVICE[device]}. {calls ? "" : PHONES_ONLY}
          </p>
        </section>
      )}
      {calls && (
        <section class="card" aria-labelledby="ringing">
          <h2 id="ringing" class="card-title">
            Incoming calls
          </h2>
          <p class="muted">{NOTIFY[notify]}</p>
          {notify === "default" && (
            <button class="button button-soft" onClick={() => void app.letRing()}>
              <BellIcon /> Turn on notifications
            </button>
          )}
          <button class="button button-soft" onClick={() => app.tryRingTone()}>
            <SoundIcon /> Play the ring tone
          </button>
        </section>
      )}
      {trouble && (
        <section class="card">
          <p class="note note-bad">
            <InfoIcon />
            <span>
              <b>{MICROPHONE[trouble].title}.</b> {MICROPHONE[trouble].text} {MICROPHONE[trouble].steps.join(" ")}
            </span>
          </p>
        </section>
      )}
      {installable && (
        <section class="card" aria-labelledby="install">
          <h2 id="install" class="card-title">
            On this device
          </h2>
          <p class="muted">Installed, the phone has an icon and a window of its own. It needs the server as before.</p>
          <button class="button button-soft" onClick={() => void app.installPhone()}>
            <InstallIcon /> Install the phone
          </button>
        </section>
      )}
      <section class="card">
        <button class="button button-soft" onClick={() => void app.signOut()}>
          Sign out
        </button>
      </section>
    </Page>
  );
}
