import type { Api } from "../api/client";
import type { Limits } from "../api/wire";
import { createStore, type Readable } from "../store";

/** What a server accepts by default; used until the server answers. */
export const DEFAULT_LIMITS: Limits = {
  contentTypes: [
    { contentType: "image/jpeg", extensions: ["jpg", "jpeg"] },
    { contentType: "image/png", extensions: ["png"] },
    { contentType: "image/gif", extensions: ["gif"] },
    { contentType: "image/webp", extensions: ["webp"] },
    { contentType: "image/avif", extensions: ["avif"] },
  ],
  maxUploadBytes: 25 * 1024 * 1024,
  maxPixels: 100_000_000,
  relaysUploads: true,
  rejectsLocation: false,
  expiries: ["1d", "7d", "30d"],
  tokenRequired: false,
  reportURL: null,
  pageURL: null,
};

export interface LimitsState {
  limits: Limits;
  status: "loading" | "known" | "unknown";
}

export interface LimitsStore extends Readable<LimitsState> {
  /** Ask the server (again). Never rejects: the outcome is in the state. */
  load(): Promise<void>;
  /** Wait for the first answer, and return the limits; the defaults if no answer came. */
  settled(): Promise<Limits>;
}

export function createLimits(api: Pick<Api, "limits">): LimitsStore {
  const { getState, setState, subscribe } = createStore<LimitsState>({
    limits: DEFAULT_LIMITS,
    status: "loading",
  });
  let loading: Promise<void> | undefined;

  async function ask(): Promise<void> {
    if (getState().status === "unknown") setState({ status: "loading" });
    try {
      // On top of the defaults: an older server may lack a field.
      setState({ limits: { ...DEFAULT_LIMITS, ...(await api.limits()) }, status: "known" });
    } catch {
      setState({ status: "unknown" });
    } finally {
      loading = undefined;
    }
  }

  function load(): Promise<void> {
    loading ??= ask();
    return loading;
  }

  return {
    getState,
    subscribe,
    load,
    async settled() {
      if (getState().status === "loading") await load();
      return getState().limits;
    },
  };
}
