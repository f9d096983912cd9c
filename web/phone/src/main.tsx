import { render } from "preact";
import { App } from "./app";
import { exposeTo } from "./debug";
import { register } from "./install";
import "./style/index.css";
import { Root } from "./views/Root";

const place = document.getElementById("app");
if (place) {
  let queued = false;
  const app: App = new App(() => {
    if (queued) return;
    queued = true;
    queueMicrotask(() => {
      queued = false;
      render(<Root app={app} />, place);
    });
  });
  exposeTo(window, app);
  render(<Root app={app} />, place);
  void app.start();
  register();
}
