import type { ComponentChildren, Ref } from "preact";
import { hashOf, type Route } from "../route";
import { useFocus } from "./focus";
import { BackIcon } from "./icons";

interface PageProps {
  title: string;
  back?: Route;
  /** Beside the title: a face before it, controls after it. */
  face?: ComponentChildren;
  aside?: ComponentChildren;
  quiet?: boolean;
  /** Stays below what scrolls. */
  foot?: ComponentChildren;
  scroll?: { box: Ref<HTMLDivElement>; moved: () => void };
  children: ComponentChildren;
}

/** One page of the phone: a heading that takes the focus when the page opens, and what scrolls below it. */
export function Page({ title, back, face, aside, quiet, foot, scroll, children }: PageProps) {
  const heading = useFocus<HTMLHeadingElement>(title);
  return (
    <main class="page">
      <header class={`bar${quiet ? " bar-quiet" : ""}`}>
        {back && (
          <a class="round" href={hashOf(back)} aria-label="Back">
            <BackIcon />
          </a>
        )}
        {face}
        <h1 ref={heading} tabIndex={-1}>
          <bdi>{title}</bdi>
        </h1>
        {aside}
      </header>
      <div class="scroll" {...(scroll && { ref: scroll.box, onScroll: scroll.moved })}>
        {children}
      </div>
      {foot}
    </main>
  );
}
