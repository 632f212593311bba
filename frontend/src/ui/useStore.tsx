import { useSyncExternalStore } from "react";
import type { Readable } from "../store";

/** Read a store, and render again whenever it changes. */
export function useStore<T>(store: Readable<T>): T {
  return useSyncExternalStore(store.subscribe, store.getState);
}
