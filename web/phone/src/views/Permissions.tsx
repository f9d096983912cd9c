import type { App } from "../app";
import type { Choice, Permission, Person } from "../protocol";
import { permissionLine } from "../words";
import { Choices } from "./Choices";

const IN_FORCE: Record<Permission["kind"], Choice> = { none: "deny", temporary: "allow_temporarily", permanent: "allow" };

/** What a business may do, on its page: the person can change it at any time. */
export function Permissions({ app, peer }: { app: App; peer: Person }) {
  const talk = app.state.chats.talks.get(peer.number);
  const permission = talk?.permission ?? { kind: "none" };
  return (
    <section class="card" aria-labelledby="permissions">
      <h2 id="permissions" class="card-title">
        Business calling permissions
      </h2>
      <p class="muted" role="status">
        {permissionLine(peer.name, permission)}
      </p>
      <Choices
        label={`May ${peer.name} call you?`}
        current={IN_FORCE[permission.kind]}
        wished={talk?.wished}
        disabled={app.state.link !== "up"}
        choose={(choice) => app.setPermission(peer, choice)}
      />
    </section>
  );
}
