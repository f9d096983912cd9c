import type { ComponentChildren } from "preact";
import { hashOf } from "../route";

/** Where there is nothing to show: why, and what a person can do. */
export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>;

export const ALL_OF_THEM = (
  <a class="link" href={hashOf({ at: "businesses" })}>
    See all businesses
  </a>
);
