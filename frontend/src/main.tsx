import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { createApi } from "./api/client";
import { browserConnection } from "./device/connection";
import { openDatabase } from "./device/database";
import { keepPageOnDrop } from "./device/drops";
import { createServerClock } from "./device/serverClock";
import { createSettings, pictureOptions } from "./device/settings";
import { acceptShares } from "./device/shareTarget";
import { nameTab } from "./device/tab";
import { recordUploads } from "./history/record";
import { en } from "./messages/en";
import { loadMessages, markLanguage, pickLanguage } from "./messages/languages";
import { createPreparer } from "./pictures/preparer";
import "./ui/tokens.css";
import { inspect, withinPixels } from "./engine/inspect";
import { DatabaseKeeper } from "./engine/keeper";
import { createLimits } from "./engine/limits";
import { put } from "./engine/put";
import { UploadQueue } from "./engine/queue";
import { ThumbnailContext } from "./published/Thumbnail";

const settings = createSettings(deviceStorage("localStorage"), window);
const base = import.meta.env.VITE_API_BASE ?? "";
const clock = createServerClock();
const api = createApi({
  base,
  onDate: clock.hear,
  accessToken: () => settings.getState().accessToken,
});
const limits = createLimits(api);
const preparer = createPreparer(
  () => new Worker(new URL("./pictures/worker.ts", import.meta.url), { type: "module" }),
);
const tabName = nameTab(deviceStorage("sessionStorage"));
const queue = new UploadQueue({
  api,
  put,
  inspect: async (file) => inspect(file, await limits.settled()),
  prepare: async (file, contentType, options) =>
    withinPixels(await preparer.prepare(file, contentType, options), await limits.settled()),
  prepareAhead: (file, options) => {
    const { contentTypes, maxUploadBytes } = limits.getState().limits;
    const accepted = contentTypes.some(({ contentType }) => contentType === file.type);
    if (accepted && file.size <= maxUploadBytes) preparer.ahead(file, file.type, options);
  },
  options: () => pictureOptions(settings),
  keeper: new DatabaseKeeper(openDatabase, tabName),
  connection: browserConnection,
  page: location.origin,
});
const unkept = recordUploads(queue, {
  open: openDatabase,
  thumbnail: preparer.thumbnail,
  now: () => clock.now() ?? Date.now(),
});
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

keepPageOnDrop(window);

const language = pickLanguage(settings.getState().language, navigator.languages);
const root = document.getElementById("root");
void loadMessages(language)
  .then(
    (messages) => {
      markLanguage(language);
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
            clock={clock}
            limits={limits}
            openDatabase={openDatabase}
            queue={queue}
            settings={settings}
            tabName={tabName}
            unkept={unkept}
            path={location.pathname}
            base={base}
            messages={messages}
          />
        </ThumbnailContext>
      </StrictMode>,
    );
  });
