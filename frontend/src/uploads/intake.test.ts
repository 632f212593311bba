import { afterEach, expect, test, vi } from "vitest";
import { keepPageOnDrop } from "../device/drops";
import { listenForFiles } from "./intake";

/** What a browser gives with a drag or a paste; jsdom has none. */
function transfer(data: Record<string, string>, files: File[] = [], effectAllowed = "all") {
  return {
    files,
    items: files.map((file) => ({ kind: "file", getAsFile: () => file })),
    types: [...Object.keys(data), ...(files.length > 0 ? ["Files"] : [])],
    getData: (type: string) => data[type] ?? "",
    dropEffect: "none",
    effectAllowed,
  };
}

function send(type: string, data: object, target: EventTarget = document.body): Event {
  const event = new Event(type, { bubbles: true, cancelable: true });
  Object.assign(event, type === "paste" ? { clipboardData: data } : { dataTransfer: data });
  target.dispatchEvent(event);
  return event;
}

const png = (name = "image.png") => new File(["x"], name, { type: "image/png" });
const stops: (() => void)[] = [];

function listen() {
  const onFiles = vi.fn();
  const onDrag = vi.fn();
  stops.push(listenForFiles(window, { onFiles, onDrag }));
  return { onFiles, onDrag };
}

keepPageOnDrop(window);
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  document.body.replaceChildren();
});

test.each([
  ["a link", { "text/uri-list": "https://other.test/", "text/html": "<a href='https://other.test/'>x</a>" }],
  ["text", { "text/plain": "https://other.test/" }],
])("%s that is dropped leaves the page where it is, and is no picture", async (_, data) => {
  const { onFiles, onDrag } = listen();
  const held = transfer(data, [], "copyLink");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    expect(send(kind, held).defaultPrevented, kind).toBe(true);
  }
  expect(held.dropEffect).not.toBe("none");
  await vi.waitFor(() => expect(onFiles).toHaveBeenCalledWith([], { kind: "nothingDropped" }));
  expect(onDrag).not.toHaveBeenCalledWith(true);
});

test("where nobody takes what is dropped, nothing can be dropped, and the page stays", () => {
  const held = transfer({ "text/uri-list": "https://other.test/" }, [png()]);
  for (const kind of ["dragenter", "dragover", "drop"]) {
    expect(send(kind, held).defaultPrevented, kind).toBe(true);
  }
  expect(held.dropEffect).toBe("none");
});

test("a text field takes text, but no file", () => {
  const { onFiles } = listen();
  const field = document.body.appendChild(document.createElement("input"));
  const text = transfer({ "text/plain": "a token" });
  for (const kind of ["dragenter", "dragover", "drop"]) {
    expect(send(kind, text, field).defaultPrevented, kind).toBe(false);
  }
  expect(send("paste", text, field).defaultPrevented).toBe(false);
  expect(onFiles).not.toHaveBeenCalled();
  expect(send("drop", transfer({}, [png("a.png")]), field).defaultPrevented).toBe(true);
  expect(onFiles).toHaveBeenCalledTimes(0);
});

test("what a person drags from the page itself is no upload, and the next drag from outside is one", async () => {
  const { onFiles } = listen();
  send("dragstart", {});
  const own = transfer({ "text/uri-list": "https://pictures.test/a.png" }, [png("a.png")]);
  for (const kind of ["dragenter", "dragover", "drop"]) {
    expect(send(kind, own).defaultPrevented, kind).toBe(true);
  }
  expect(own.dropEffect).toBe("none");
  send("drop", transfer({}, [png("b.png")]));
  await vi.waitFor(() => expect(onFiles).toHaveBeenCalledOnce());
  expect(onFiles.mock.calls[0]?.[0].map(({ name }: File) => name)).toEqual(["b.png"]);
});

test.each([
  ["text", { "text/plain": "hello" }],
  ["a link", { "text/plain": "https://other.test/a.png", "text/html": "<a href='/'>x</a>" }],
  ["nothing", {}],
])("%s that is pasted is no picture", async (_, data) => {
  const { onFiles } = listen();
  send("paste", transfer(data));
  await vi.waitFor(() => expect(onFiles).toHaveBeenCalledWith([], { kind: "nothingPasted" }));
});

test.each([
  ["a screenshot", {}, false],
  ["a picture of a web page", { "text/html": "<img src='https://other.test/a.png'>" }, false],
  ["a picture of a text program", { "text/html": "<p><img></p>", "text/rtf": "{\\rtf1}" }, false],
  ["a file, on a Mac", { "text/plain": "image.png" }, false],
  ["text with its picture", { "text/html": "<p>Dear all</p>", "text/rtf": "{\\rtf1}" }, true],
  ["rich text alone", { "text/rtf": "{\\rtf1}", "text/plain": "Dear all" }, true],
])("%s that is pasted is asked about: %s, %s", async (_, data, asked) => {
  const { onFiles } = listen();
  send("paste", transfer(data, [png()]));
  await vi.waitFor(() => expect(onFiles).toHaveBeenCalledOnce());
  const [files, remark] = onFiles.mock.calls[0] ?? [];
  expect(remark?.kind).toBe(asked ? "asked" : undefined);
  const [taken] = asked ? remark.files : files;
  expect(taken.name).toMatch(/^pasted-\d{4}-\d\d-\d\d-\d\d\.\d\d\.\d\d(-\d+)?\.png$/);
});
