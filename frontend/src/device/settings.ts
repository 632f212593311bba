import type { Expiry } from "../api/wire";
import type { Shrink } from "../pictures/rework";
import { createStore, type Store } from "../store";

export type SnippetFormat = "link" | "markdown" | "html" | "bbcode";

/** What a person chose on this device. */
export interface Settings {
  keepMetadata: boolean;
  shrink: Shrink | undefined;
  /** Undefined: the picture stays for good. */
  expiresIn: Expiry | undefined;
  format: SnippetFormat;
  accessToken: string | undefined;
  /** Undefined: the browser's language. */
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

export type SettingsStore = Store<Settings>;

const KEY = "settings";

/** Create the settings of this device; `storage` is undefined where the browser forbids it. */
export function createSettings(storage: Pick<Storage, "getItem" | "setItem"> | undefined): SettingsStore {
  const store = createStore<Settings>({ ...DEFAULT_SETTINGS, ...read(storage) });
  return {
    ...store,
    setState(change) {
      try {
        storage?.setItem(KEY, JSON.stringify({ ...store.getState(), ...change }));
      } catch {
        // The disk is full, or storage is forbidden: the setting lasts until the page is closed.
      }
      store.setState(change);
    },
  };
}

function read(storage: Pick<Storage, "getItem"> | undefined): Partial<Settings> {
  try {
    return JSON.parse(storage?.getItem(KEY) ?? "{}");
  } catch {
    // Not readable, or not written by this page: start with the defaults.
    return {};
  }
}
