import type { Api } from "../api/client";
import type { Limits } from "../api/wire";

/** What a server accepts unless it is set up otherwise: to go on with while it can't be asked. */
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
  rejectsLocation: false,
  expiries: ["1d", "7d", "30d"],
  tokenRequired: false,
};

export interface LimitsSnapshot {
  limits: Limits;
  status: "loading" | "known" | "unknown";
}

export interface LimitsStore {
  subscribe(listener: () => void): () => void;
  getSnapshot(): LimitsSnapshot;
  /** Ask the server (again). Never rejects: the outcome is in the snapshot. */
  load(): Promise<void>;
  /** The limits, once the first answer is in; the defaults where none came. */
  settled(): Promise<Limits>;
}

export function createLimits(api: Pick<Api, "limits">): LimitsStore {
  const listeners = new Set<() => void>();
  let snapshot: LimitsSnapshot = { limits: DEFAULT_LIMITS, status: "loading" };
  let loading: Promise<void> | undefined;

  const set = (next: LimitsSnapshot) => {
    snapshot = next;
    for (const listener of listeners) listener();
  };

  async function ask(): Promise<void> {
    if (snapshot.status === "unknown") set({ ...snapshot, status: "loading" });
    try {
      // Over the defaults, so that a field which an older server lacks is not undefined.
      set({ limits: { ...DEFAULT_LIMITS, ...(await api.limits()) }, status: "known" });
    } catch {
      set({ ...snapshot, status: "unknown" });
    } finally {
      loading = undefined;
    }
  }

  function load(): Promise<void> {
    loading ??= ask();
    return loading;
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => snapshot,
    load,
    async settled() {
      if (snapshot.status === "loading") await load();
      return snapshot.limits;
    },
  };
}
