// @vitest-environment node
import { expect, test } from "vitest";
import { createSettings, DEFAULT_SETTINGS, pictureOptions } from "./settings";

/** One browser: storage that its tabs share, and its `storage` events, which come when a test sends them. */
function browser(stored = "{}") {
  let text = stored;
  let full = false;
  const tabs: EventTarget[] = [];
  const storage = {
    getItem: () => text,
    setItem(_key: string, value: string) {
      if (full) throw new Error("full");
      text = value;
    },
  };
  return {
    tab() {
      const tab = new EventTarget();
      tabs.push(tab);
      return createSettings(storage, tab);
    },
    stored: () => JSON.parse(text),
    tell(type: string) {
      for (const tab of tabs) tab.dispatchEvent(new Event(type));
    },
    setFull(value: boolean) {
      full = value;
    },
  };
}

test("a stale tab writes only what was changed in it", () => {
  const { tab, stored } = browser();
  const [one, stale] = [tab(), tab()];
  one.setState({ keepMetadata: true, expiresIn: "7d" });
  stale.setState({ format: "markdown" });
  expect(stored()).toEqual({ keepMetadata: true, expiresIn: "7d", format: "markdown" });
  // What it has just written it also shows.
  expect(stale.getState()).toEqual({ ...DEFAULT_SETTINGS, ...stored() });
});

test("what is turned off in one tab stays off, although another had it on", () => {
  const { tab, tell } = browser('{"expiresIn":"7d","keepMetadata":true}');
  const [one, stale] = [tab(), tab()];
  one.setState({ expiresIn: undefined, keepMetadata: false });
  stale.setState({ format: "html" });
  expect(stale.getState()).toEqual({ ...DEFAULT_SETTINGS, format: "html" });
  tell("storage");
  expect(one.getState()).toEqual(stale.getState());
});

test.each(["storage", "pageshow", "visibilitychange"])("a tab follows the others at every %s", (type) => {
  const { tab, tell } = browser();
  const [one, other] = [tab(), tab()];
  let told = 0;
  other.subscribe(() => told++);
  one.setState({ expiresIn: "1d" });
  tell(type);
  expect(pictureOptions(other)).toEqual({ keepMetadata: false, shrink: undefined, expiresIn: "1d" });
  tell(type);
  expect(told).toBe(1);
});

test("what can't be written lasts as long as the tab, and is written with the next change", () => {
  const { tab, tell, stored, setFull } = browser();
  const store = tab();
  setFull(true);
  store.setState({ expiresIn: "7d" });
  store.setState({ keepMetadata: true });
  tell("visibilitychange");
  expect(store.getState()).toEqual({ ...DEFAULT_SETTINGS, expiresIn: "7d", keepMetadata: true });
  setFull(false);
  store.setState({ format: "html" });
  expect(stored()).toEqual({ expiresIn: "7d", keepMetadata: true, format: "html" });
});

test("without storage, settings last until the page is closed", () => {
  const store = createSettings(undefined);
  store.setState({ expiresIn: "7d" });
  store.setState({ format: "html" });
  expect(store.getState()).toEqual({ ...DEFAULT_SETTINGS, expiresIn: "7d", format: "html" });
});

test.each(["", "nonsense", "null", "7"])("stored %j means the defaults", (stored) => {
  expect(browser(stored).tab().getState()).toEqual(DEFAULT_SETTINGS);
});

test("a picture's options hold nothing else, above all no token", () => {
  const store = createSettings(undefined);
  store.setState({ accessToken: "secret", expiresIn: "1d" });
  expect(Object.keys(pictureOptions(store))).toEqual(["keepMetadata", "shrink", "expiresIn"]);
});
