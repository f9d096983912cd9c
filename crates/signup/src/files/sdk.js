// What a page includes in place of the vendor's script to open the sign-up of this Callport: FB.init and FB.login.
//
//   FB.login(callback, { config_id, response_type: "code", override_default_response_type: true, extras: { setup: {}, … } })
//
// callback gets { authResponse: { code }, status: "connected" }, or { authResponse: null, status: "unknown" } when the window was closed or left.
// The sign-up tells this page what happens as `message` events of the window, each with a JSON text: WA_EMBEDDED_SIGNUP with FINISH, CANCEL and others.
(function () {
  "use strict";
  const home = new URL(document.currentScript.src).origin;
  let settings = {};
  let opened = 0;

  function login(callback, options) {
    options = options || {};
    const channel = Date.now().toString(36) + "-" + ++opened + "-" + Math.random().toString(36).slice(2);
    const asked = new URLSearchParams({
      client_id: String(options.appId || settings.appId || ""),
      response_type: options.response_type || "code",
      origin: location.origin,
      channel: channel,
      display: "popup",
    });
    if (options.config_id) asked.set("config_id", String(options.config_id));
    if (options.override_default_response_type) asked.set("override_default_response_type", "true");
    if (options.extras) asked.set("extras", typeof options.extras === "string" ? options.extras : JSON.stringify(options.extras));
    const version = settings.version ? "/" + settings.version : "";
    const popup = window.open(home + version + "/dialog/oauth?" + asked, "callport-sign-up", "popup,width=560,height=800");
    let watching = 0;

    function answer(response) {
      clearInterval(watching);
      window.removeEventListener("message", heard);
      if (typeof callback === "function") callback(response);
    }

    function heard(event) {
      if (event.origin !== home || event.source !== popup) return;
      const data = event.data;
      if (data && typeof data === "object" && data.callport === "login" && data.channel === channel) answer(data.response);
    }

    if (!popup) return answer({ authResponse: null, status: "unknown" });
    window.addEventListener("message", heard);
    watching = setInterval(function () {
      if (popup.closed) answer({ authResponse: null, status: "unknown" });
    }, 500);
  }

  window.FB = {
    init: function (options) {
      settings = options || {};
    },
    login: login,
    getLoginStatus: function (callback) {
      if (typeof callback === "function") callback({ authResponse: null, status: "unknown" });
    },
    AppEvents: { logPageView: function () {} },
  };
  if (typeof window.fbAsyncInit === "function") window.fbAsyncInit();
  else addEventListener("load", function () {
    if (typeof window.fbAsyncInit === "function") window.fbAsyncInit();
  });
})();
