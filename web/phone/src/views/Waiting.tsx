/** A list that is on its way. */
export const Waiting = () => (
  <ul class="list" aria-busy="true" aria-label="Loading">
    {[1, 2, 3].map((n) => (
      <li class="row ghost" key={n}>
        <span class="avatar avatar-s" />
        <span class="row-text">
          <span class="ghost-line" />
          <span class="ghost-line ghost-short" />
        </span>
      </li>
    ))}
  </ul>
);
