// The phone comes back by itself, where it was, once its server answers again.
const LOOK_EVERY_MS = 10_000;

const look = () =>
  fetch("/phone/api/me").then(
    () => location.reload(),
    () => undefined,
  );

addEventListener("online", look);
setInterval(look, LOOK_EVERY_MS);
document.getElementById("again").addEventListener("click", (event) => {
  event.preventDefault();
  location.reload();
});
