import type { ComponentChildren } from "preact";
import { hashOf, type Route } from "../route";
import { useFocus } from "./focus";
import { BackIcon } from "./icons";

/** One page of the phone: a heading that takes the focus when the page opens, and what scrolls below it. */
export function Page(props: { title: string; back?: Route; aside?: ComponentChildren; quiet?: boolean; children: ComponentChildren }) {
  const heading = useFocus<HTMLHeadingElement>(props.title);
  return (
    <main class="page">
      <header class={`bar${props.quiet ? " bar-quiet" : ""}`}>
        {props.back && (
          <a class="round" href={hashOf(props.back)} aria-label="Back">
            <BackIcon />
          </a>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        {props.aside}
      </header>
      <div class="scroll">{props.children}</div>
    </main>
  );
}
