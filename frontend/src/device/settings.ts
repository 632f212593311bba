import type { Expiry } from "../api/wire";
import type { Shrink } from "../pictures/rework";
import type { SnippetFormat } from "../published/snippets";

/** What a person chose on this device. */
export interface Settings {
  keepMetadata: boolean;
  shrink: Shrink | undefined;
  /** Undefined: for good. */
  expiresIn: Expiry | undefined;
  format: SnippetFormat;
  accessToken: string | undefined;
  /** Undefined: the browser's. */
  language: string | undefined;
}

export const DEFAULT_SETTINGS: Settings = {
  keepMetadata: false,
  shrink: undefined,
  expiresIn: undefined,
  format: "link",
  accessToken: undefined,
  language: undefined,
};

export interface SettingsStore {
  subscribe(listener: () => void): () => void;
  getSnapshot(): Settings;
  set(change: Partial<Settings>): void;
}

const KEY = "settings";

export function createSettings(storage: Pick<Storage, "getItem" | "setItem"> | undefined): SettingsStore {
  const listeners = new Set<() => void>();
  let settings: Settings = { ...DEFAULT_SETTINGS, ...read() };

  function read(): Partial<Settings> {
    try {
      return JSON.parse(storage?.getItem(KEY) ?? "{}");
    } catch {
      // Not ours, or not readable: as if nothing had been chosen.
      return {};
    }
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => settings,
    set(change) {
      settings = { ...settings, ...change };
      try {
        storage?.setItem(KEY, JSON.stringify(settings));
      } catch {
        // Full, or forbidden: it holds for as long as the page is open.
      }
      for (const listener of listeners) listener();
    },
  };
}
