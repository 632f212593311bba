import { afterEach, beforeEach, expect, vi } from "vitest";

// The page prints nothing; React's own warnings are errors here too.
const LEVELS = ["debug", "error", "info", "log", "warn"] as const;

beforeEach(() => {
  for (const level of LEVELS) vi.spyOn(console, level);
});

afterEach(async () => {
  if (typeof document !== "undefined") {
    const { cleanup } = await import("@testing-library/react");
    cleanup();
  }
  // biome-ignore lint/suspicious/noConsole: to see that nobody used it
  const printed = LEVELS.flatMap((level) => vi.mocked(console[level]).mock.calls);
  vi.restoreAllMocks();
  expect(printed).toEqual([]);
});

if (typeof document !== "undefined") {
  const { configure } = await import("@testing-library/react");
  // Generous, for a busy machine.
  configure({ asyncUtilTimeout: 60_000 });
  // jsdom has none of these.
  Blob.prototype.arrayBuffer = function () {
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.addEventListener("load", () => resolve(reader.result as ArrayBuffer));
      reader.addEventListener("error", () => reject(reader.error));
      reader.readAsArrayBuffer(this);
    });
  };
  URL.createObjectURL = () => "blob:preview";
  URL.revokeObjectURL = () => {};
  HTMLElement.prototype.showPopover = function () {
    this.style.display = "block";
  };
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
    this.querySelector<HTMLElement>("button, input, textarea")?.focus();
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
  HTMLElement.prototype.scrollIntoView = () => {};
  // jsdom has no layout, so everything counts as visible.
  globalThis.IntersectionObserver = class {
    private readonly tell: (changes: { isIntersecting: boolean }[]) => void;

    constructor(tell: (changes: { isIntersecting: boolean }[]) => void) {
      this.tell = tell;
    }
    observe() {
      queueMicrotask(() => this.tell([{ isIntersecting: true }]));
    }
    disconnect() {}
  } as unknown as typeof IntersectionObserver;
}
