import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { createApi } from "./api/client";
import { browserConnection } from "./device/connection";
import { openDatabase } from "./device/database";
import { createSettings } from "./device/settings";
import { acceptShares } from "./device/shareTarget";
import { nameTab } from "./device/tab";
import { recordUploads } from "./history/record";
import { en } from "./messages/en";
import { loadMessages, pickLanguage } from "./messages/languages";
import { createPreparer } from "./pictures/preparer";
import "./ui/tokens.css";
import { inspect } from "./engine/inspect";
import { DatabaseKeeper } from "./engine/keeper";
import { createLimits } from "./engine/limits";
import { put } from "./engine/put";
import { UploadQueue } from "./engine/queue";
import { ThumbnailContext } from "./published/Thumbnail";

const settings = createSettings(deviceStorage("localStorage"));
const base = import.meta.env.VITE_API_BASE ?? "";
const api = createApi({
  base,
  accessToken: () => settings.getState().accessToken,
});
const limits = createLimits(api);
const preparer = createPreparer(
  () => new Worker(new URL("./pictures/worker.ts", import.meta.url), { type: "module" }),
);
const queue = new UploadQueue({
  api,
  put,
  inspect: async (file) => {
    const verdict = await inspect(file, await limits.settled());
    const convertible = !verdict.ok && verdict.problem.code === "heic" && (await preparer.decodes(file));
    return convertible ? { ok: true, contentType: "image/heic" } : verdict;
  },
  prepare: (file, contentType) => preparer.prepare(file, contentType, settings.getState()),
  options: settings.getState,
  keeper: new DatabaseKeeper(openDatabase, nameTab(deviceStorage("sessionStorage"))),
  connection: browserConnection,
  page: location.origin,
});
recordUploads(queue, openDatabase, preparer.thumbnail);
if (location.pathname === "/") {
  void queue.restore();
  // After the first paint; what is loaded now still works when the network fails.
  window.addEventListener("load", () => {
    preparer.warm();
    void acceptShares();
  });
}

/** Undefined where the browser forbids it. */
function deviceStorage(name: "localStorage" | "sessionStorage"): Storage | undefined {
  try {
    return window[name];
  } catch {
    return undefined;
  }
}

const language = pickLanguage(settings.getState().language, navigator.languages);
const root = document.getElementById("root");
void loadMessages(language)
  .then(
    (messages) => {
      document.documentElement.lang = language;
      return messages;
    },
    () => en,
  )
  .then((messages) => {
    if (!root) return;
    createRoot(root).render(
      <StrictMode>
        <ThumbnailContext value={preparer.thumbnail}>
          <App
            api={api}
            limits={limits}
            openDatabase={openDatabase}
            queue={queue}
            settings={settings}
            path={location.pathname}
            base={base}
            messages={messages}
          />
        </ThumbnailContext>
      </StrictMode>,
    );
  });
