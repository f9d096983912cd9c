// Tells the page that opened this window what came of the sign-up. The browser delivers it to the origin that the server says, and to no other.
(function () {
  "use strict";
  const main = document.querySelector("main");
  const origin = main.dataset.origin;
  const opener = window.opener;

  function tell(message) {
    if (opener && origin) opener.postMessage(message, origin);
  }

  if (main.dataset.outcome) {
    const outcome = JSON.parse(main.dataset.outcome);
    if (outcome.message) tell(outcome.message);
    if (outcome.response) tell({ callport: "login", channel: outcome.channel, response: outcome.response });
    if (outcome.redirect) location.replace(outcome.redirect);
    else if (opener) window.close();
    return;
  }

  // The person may read what went wrong for as long as they like: the opener knows it by then.
  if (main.dataset.error) {
    tell(main.dataset.error);
    return;
  }

  // A window that is closed at a step was left there.
  let goesOn = false;
  document.addEventListener("submit", function () {
    goesOn = true;
  });
  addEventListener("pagehide", function (event) {
    if (!goesOn && !event.persisted && main.dataset.cancel) tell(main.dataset.cancel);
  });
})();
