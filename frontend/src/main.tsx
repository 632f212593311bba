import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { createApi } from "./api/client";
import { browserConnection } from "./connection";
import "./tokens.css";
import { inspect } from "./uploads/inspect";
import { createLimits } from "./uploads/limits";
import { put } from "./uploads/put";
import { createUploadQueue } from "./uploads/queue";

const api = createApi({ base: import.meta.env.VITE_API_BASE ?? "" });
const limits = createLimits(api);
const queue = createUploadQueue({
  api,
  put,
  inspect: async (file) => inspect(file, await limits.settled()),
  connection: browserConnection,
});

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App api={api} limits={limits} queue={queue} path={location.pathname} />
    </StrictMode>,
  );
}
