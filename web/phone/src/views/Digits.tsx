/** A phone number or a time: reads from left to right, also on a page that reads the other way. */
export const Digits = ({ children, class: more = "" }: { children: string; class?: string }) => (
  <bdi dir="ltr" class={`number${more ? ` ${more}` : ""}`}>
    {children}
  </bdi>
);
