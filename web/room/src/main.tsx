/** The room in the browser: puts the parts together and shows them. */
import { createRoot } from "react-dom/client";
import { createApi } from "./api";
import { systemClock } from "./clock";
import { readConfig } from "./config";
import { browserNetwork } from "./network";
import "./room.css";
import { openSession } from "./session";
import { App } from "./ui/App";

const config = readConfig(document);
const api = createApi({ fetch: window.fetch.bind(window), apiBase: config.apiBase, roomId: config.roomId, language: config.language });
const loadEngine = () => import("./engine");
const loadMessages = () => import("./messages");

/** A place in the page for sounds; nobody sees it. */
function soundsOf(place: string): HTMLElement {
  const element = document.createElement("div");
  element.hidden = true;
  element.dataset["sounds"] = place;
  document.body.append(element);
  return element;
}

const sounds = { stage: soundsOf("stage"), backstage: soundsOf("backstage") };

createRoot(document.getElementById("room") ?? document.body.appendChild(document.createElement("div"))).render(
  <App
    config={config}
    api={api}
    clock={systemClock}
    prepare={() => void Promise.all([loadEngine(), loadMessages()])}
    enterRoom={(admission, capture) =>
      openSession({
        admission, api, capture, sounds,
        openEngine: async (options) => (await loadEngine()).openEngine(options),
        openMessages: async (options) => (await loadMessages()).openMessages(options),
        isHidden: () => document.visibilityState === "hidden",
        clock: systemClock,
        network: browserNetwork(document, window),
        random: Math.random,
      })
    }
  />,
);
