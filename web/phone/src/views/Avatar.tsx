import { hue, initials } from "../words";

/** Colours in `avatar.css`. */
const HUES = 8;

export const Avatar = ({ name, number, size = "s" }: { name: string; number: string; size?: "s" | "m" | "l" }) => (
  <span class={`avatar avatar-${size} hue-${hue(number, HUES)}`} aria-hidden="true">
    {initials(name)}
  </span>
);
