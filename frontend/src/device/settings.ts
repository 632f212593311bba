import type { Expiry } from "../api/wire";
import type { ReworkOptions } from "../pictures/rework";
import { createStore, type Readable, type Store } from "../store";

export type SnippetFormat = "link" | "page" | "markdown" | "html" | "bbcode";

/** What a person chose for a picture; it holds from the moment the picture is added. */
export interface PictureOptions extends ReworkOptions {
  /** Undefined: the picture stays for good. */
  expiresIn: Expiry | undefined;
}

/** What a person chose on this device. */
export interface Settings extends PictureOptions {
  format: SnippetFormat;
  /** Undefined: a list of a few, a grid of many. */
  view: "rows" | "grid" | undefined;
  accessToken: string | undefined;
  /** Undefined: the browser's language. */
  language: string | undefined;
}

export const DEFAULT_SETTINGS: Settings = {
  keepMetadata: false,
  shrink: undefined,
  expiresIn: undefined,
  format: "link",
  view: undefined,
  accessToken: undefined,
  language: undefined,
};

export type SettingsStore = Store<Settings>;

const KEY = "settings";
/** When another tab may have changed the settings: a tab that was frozen hears no `storage`. */
const CHANGES = ["storage", "pageshow", "visibilitychange"] as const;

/**
 * Create the settings of this device. All tabs share them: a change is written into what is stored at that moment, and
 * what another tab writes is taken over. `storage` is undefined where the browser forbids it; `tab` hears of changes.
 */
export function createSettings(
  storage: Pick<Storage, "getItem" | "setItem"> | undefined,
  tab?: EventTarget,
): SettingsStore {
  /** What could not be written; it lasts until the page is closed. */
  let unsaved: Partial<Settings> = {};
  const current = () => ({ ...DEFAULT_SETTINGS, ...read(storage), ...unsaved });
  const store = createStore<Settings>(current());

  for (const type of CHANGES)
    tab?.addEventListener(type, () => {
      const now = current();
      if (JSON.stringify(now) !== JSON.stringify(store.getState())) store.setState(now);
    });
  return {
    ...store,
    setState(change) {
      unsaved = { ...unsaved, ...change };
      const changed = current();
      try {
        storage?.setItem(KEY, JSON.stringify(changed));
        if (storage) unsaved = {};
      } catch {
        // The disk is full, or storage is forbidden.
      }
      store.setState(changed);
    },
  };
}

/** Return the options that a picture added now gets; nothing else of the settings is kept with it. */
export function pictureOptions(settings: Readable<Settings>): PictureOptions {
  const { keepMetadata, shrink, expiresIn } = settings.getState();
  return { keepMetadata, shrink, expiresIn };
}

function read(storage: Pick<Storage, "getItem"> | undefined): Partial<Settings> {
  try {
    return JSON.parse(storage?.getItem(KEY) ?? "{}");
  } catch {
    // Not readable, or not written by this page: start with the defaults.
    return {};
  }
}
