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
  // jsdom has neither of these.
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
}
