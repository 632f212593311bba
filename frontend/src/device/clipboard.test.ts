import { afterEach, beforeEach, expect, test } from "vitest";
import { copyText } from "./clipboard";

let copied: string | undefined;
let allowed = true;

/** Copy what is selected in the focused element, as the deprecated command does. */
function execCommand(command: string): boolean {
  const area = document.activeElement;
  if (!allowed || command !== "copy" || !(area instanceof HTMLTextAreaElement)) return false;
  copied = area.value.slice(area.selectionStart, area.selectionEnd);
  return true;
}

function setClipboard(writeText?: (text: string) => Promise<void>): void {
  const value = writeText && { writeText };
  Object.defineProperty(navigator, "clipboard", { value, configurable: true });
}

beforeEach(() => {
  copied = undefined;
  allowed = true;
  document.execCommand = execCommand;
  document.body.innerHTML = "<button>here</button>";
  document.querySelector("button")?.focus();
});

afterEach(() => {
  Reflect.deleteProperty(navigator, "clipboard");
  Reflect.deleteProperty(document, "execCommand");
});

test("the clipboard of a secure context is used", async () => {
  const written: string[] = [];
  setClipboard(async (text) => {
    written.push(text);
  });
  expect(await copyText("a link")).toBe(true);
  expect(written).toEqual(["a link"]);
  expect(copied).toBeUndefined();
});

test("on plain http the text is copied by selection, leaving page and focus as they were", async () => {
  setClipboard(undefined);
  expect(await copyText("line 1\nline 2")).toBe(true);
  expect(copied).toBe("line 1\nline 2");
  expect(document.querySelector("textarea")).toBeNull();
  expect(document.activeElement).toBe(document.querySelector("button"));
});

test("a refused clipboard falls back too", async () => {
  setClipboard(() => Promise.reject(new DOMException("no", "NotAllowedError")));
  expect(await copyText("a link")).toBe(true);
  expect(copied).toBe("a link");
});

test("where no way of copying works, copyText says so", async () => {
  setClipboard(undefined);
  allowed = false;
  expect(await copyText("a link")).toBe(false);
  Reflect.deleteProperty(document, "execCommand");
  expect(await copyText("a link")).toBe(false);
  expect(document.querySelector("textarea")).toBeNull();
});
