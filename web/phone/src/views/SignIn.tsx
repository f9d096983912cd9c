import { useEffect, useState } from "preact/hooks";
import { business, type Field, type Me, type Refused, signIn, signUp } from "../account";
import type { Device, Person } from "../protocol";
import { DEVICE, PHONES_ONLY } from "../words";
import { Avatar } from "./Avatar";
import { useFocus } from "./focus";
import { MarkIcon } from "./icons";

type Way = "up" | "in";

/** Becoming a user: a number and a name, and a code where the operator asks for one. `link`: whom a deep link is to call next. */
export function SignIn({ rule, entered, link }: { rule: Me["sign_up"]; entered: (me: Me) => void; link?: string | undefined }) {
  const callee = useCallee(link);
  const [way, setWay] = useState<Way>("up");
  const [number, setNumber] = useState("");
  const [name, setName] = useState("");
  const [invitation, setInvitation] = useState("");
  const [device, setDevice] = useState<Device>("phone");
  const [refused, setRefused] = useState<Refused>();
  const [busy, setBusy] = useState(false);
  const heading = useFocus<HTMLHeadingElement>(way);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefused(undefined);
    const code = rule === "invitation" ? { invitation: invitation.trim() } : {};
    const form = { number, ...code, ...(device !== "phone" && { device }) };
    const reply = way === "up" ? await signUp({ ...form, name: name.trim() }) : await signIn(form);
    setBusy(false);
    if (reply.ok) entered(reply.value);
    else setRefused(reply.refused);
  };

  const input = (field: Field, label: string, value: string, set: (value: string) => void, more: object) => {
    const wrong = refused?.field === field;
    return (
      <label class={`field${wrong ? " field-wrong" : ""}`}>
        <span>{label}</span>
        <input
          name={field}
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
          required
          aria-invalid={wrong}
          aria-describedby={wrong ? "refused" : undefined}
          {...more}
        />
      </label>
    );
  };

  return (
    <main class="welcome">
      <div class="welcome-top">
        <MarkIcon />
        <h1 ref={heading} tabIndex={-1}>
          {way === "up" ? "Get your phone" : "Welcome back"}
        </h1>
        <p class="muted">
          {way === "up"
            ? "Businesses see this number and name when you call them."
            : "Enter the number that you signed up with."}
        </p>
      </div>
      {callee && (
        <p class="callee">
          <Avatar name={callee.name} number={callee.number} />
          <span>
            Then you can call{" "}
            <b>
              <bdi>{callee.name}</bdi>
            </b>
            .
          </span>
        </p>
      )}
      <form class="form" onSubmit={(event) => void submit(event)}>
        {input("number", "Phone number", number, setNumber, {
          type: "tel",
          autocomplete: "tel",
          placeholder: "+55 11 95550-1234",
          inputMode: "tel",
          dir: "ltr",
          maxLength: 32,
        })}
        {way === "up" &&
          input("name", "Your name", name, setName, { autocomplete: "name", placeholder: "Nadia", maxLength: 60 })}
        {rule === "invitation" &&
          input("invitation", "Invitation code", invitation, setInvitation, { autocomplete: "one-time-code", maxLength: 64 })}
        <div class="device">
          <label for="device">This device is a</label>
          <select id="device" value={device} onChange={(event) => setDevice(event.currentTarget.value as Device)}>
            {Object.entries(DEVICE).map(([kind, words]) => (
              <option key={kind} value={kind}>
                {words}
              </option>
            ))}
          </select>
          {(device === "web" || device === "desktop") && <p class="muted">{PHONES_ONLY}</p>}
        </div>
        <p id="refused" class="wrong" role="alert">
          {refused?.text}
        </p>
        <button class="button button-main" disabled={busy}>
          {busy ? "One moment…" : way === "up" ? "Sign up" : "Sign in"}
        </button>
      </form>
      <p class="welcome-foot muted">
        {way === "up" ? "Have a number here already?" : "New here?"}{" "}
        <button
          class="link"
          onClick={() => {
            setWay(way === "up" ? "in" : "up");
            setRefused(undefined);
          }}
        >
          {way === "up" ? "Sign in" : "Sign up"}
        </button>
      </p>
      {rule === "invitation" && <p class="welcome-foot muted">The operator of this phone service gives out invitation codes.</p>}
    </main>
  );
}

function useCallee(number: string | undefined): Person | undefined {
  const [callee, setCallee] = useState<Person>();
  useEffect(() => {
    let wanted = true;
    setCallee(undefined);
    // Who it is does not matter for signing up: a number that cannot be looked up is told on the call screen.
    if (number) void business(number).then((reply) => wanted && reply.ok && setCallee(reply.value));
    return () => {
      wanted = false;
    };
  }, [number]);
  return callee;
}
