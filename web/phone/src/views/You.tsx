import type { App } from "../app";
import { obstacle } from "../media";
import { MICROPHONE } from "../words";
import { Avatar } from "./Avatar";
import { InfoIcon } from "./icons";
import { Page } from "./Page";

export function You({ app }: { app: App }) {
  const { user } = app.state;
  const trouble = obstacle();
  return (
    <Page title="You" back={{ at: "businesses" }} quiet>
      {user && (
        <section class="card card-top">
          <Avatar name={user.name} number={user.number} size="m" />
          <p class="card-name">{user.name}</p>
          <p class="muted number">{user.display}</p>
          <p class="muted">Businesses see this name and number when you call.</p>
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
      <section class="card">
        <button class="button button-soft" onClick={() => void app.signOut()}>
          Sign out
        </button>
      </section>
    </Page>
  );
}
