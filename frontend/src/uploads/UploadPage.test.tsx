import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { App } from "../App";
import { type Api, ApiError } from "../api/client";
import type { Picture } from "../api/wire";
import { browserConnection } from "../device/connection";
import { createSettings } from "../device/settings";
import { inspect } from "../engine/inspect";
import { DatabaseKeeper } from "../engine/keeper";
import { createLimits, DEFAULT_LIMITS } from "../engine/limits";
import type { Put, PutAnswer } from "../engine/put";
import { UploadQueue } from "../engine/queue";

const PNG = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/** Return a file whose first bytes are a picture's. */
function png(name: string): File {
  return new File([Uint8Array.from(PNG, (char) => char.charCodeAt(0))], name, { type: "image/png" });
}

/** Render the whole page, with a server and a store that accept everything. */
function open(over: { api?: Partial<Api>; put?: Put } = {}) {
  const names = new Map<string, string | undefined>();
  let count = 0;
  const api: Api = {
    limits: async () => DEFAULT_LIMITS,
    init: async ({ filename }) => {
      const uploadToken = `token-${++count}`;
      names.set(uploadToken, filename);
      return {
        uploadId: uploadToken,
        uploadURL: "https://store.test/a",
        method: "PUT",
        headers: {},
        uploadToken,
        expiresAt: "",
        expiresInSeconds: 300,
      };
    },
    complete: async (token): Promise<Picture> => ({
      uploadId: token,
      viewURL: `https://pictures.test/${token}.png`,
      deleteURL: `https://site.test/delete#${token}`,
      deleteToken: token,
      filename: names.get(token) ?? "",
      contentType: "image/png",
      size: 16,
      width: 640,
      height: 480,
      expiresAt: null,
    }),
    remove: async () => {},
    report: async () => {},
    lookup: async (token) => ({ viewURL: `https://pictures.test/${token}.png` }),
    ...over.api,
  };
  const put: Put =
    over.put ?? (async () => ({ status: 200, sentAll: true, begun: true, retryAfter: undefined }));
  const limits = createLimits(api);
  const queue = new UploadQueue({
    api,
    put,
    inspect: async (file) => inspect(file, await limits.settled()),
    prepare: async (file, contentType) => ({
      ok: true,
      prepared: { body: file, contentType, removed: [], sha256: undefined },
    }),
    options: () => ({}),
    keeper: new DatabaseKeeper(async () => undefined, Promise.resolve("tab")),
    connection: browserConnection,
    page: "https://page.test",
  });
  const user = userEvent.setup({ applyAccept: false });
  render(
    <App
      api={api}
      limits={limits}
      openDatabase={async () => undefined}
      queue={queue}
      settings={createSettings(undefined)}
      path="/"
    />,
  );
  return { user, queue };
}

const chooser = () => screen.getByLabelText<HTMLInputElement>("Choose pictures");
const rows = () => within(screen.getByRole("list", { name: "Your pictures" })).getAllByRole("listitem");
const never: Put = (_signed, _body, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });

afterEach(() => {
  document.title = "";
});

test("a chosen picture becomes a link, with its snippets to copy", async () => {
  const { user } = open();
  await user.upload(chooser(), png("my holiday.png"));
  const link = await screen.findByRole<HTMLInputElement>("textbox", { name: "Link to my holiday.png" });
  expect(link.value).toBe("https://pictures.test/token-1.png");
  expect(link.readOnly).toBe(true);
  expect(screen.getByRole("link", { name: /^Open my holiday.png/ }).getAttribute("href")).toBe(link.value);

  const copies = {
    "Copy link to my holiday.png": "https://pictures.test/token-1.png",
    "Copy Markdown for my holiday.png": "![my holiday](https://pictures.test/token-1.png)",
    "Copy HTML for my holiday.png":
      '<img src="https://pictures.test/token-1.png" width="640" height="480" alt="my holiday">',
    "Copy BBCode for my holiday.png": "[img]https://pictures.test/token-1.png[/img]",
  };
  for (const [name, text] of Object.entries(copies)) {
    const button = screen.getByRole("button", { name });
    await user.click(button);
    expect(await navigator.clipboard.readText()).toBe(text);
    expect(button.dataset.copied).toBe("true");
  }
  for (const said of ["1 link copied.", "Markdown copied."]) {
    expect(screen.getByText(said).closest("[role=status]")).not.toBeNull();
  }
});

test("the same file can be chosen twice", async () => {
  const { user } = open();
  await user.upload(chooser(), png("a.png"));
  await user.upload(chooser(), png("a.png"));
  await waitFor(() => expect(rows()).toHaveLength(2));
});

test("all links are copied at once, in order, as soon as there are two", async () => {
  const { user } = open();
  await user.upload(chooser(), png("a.png"));
  await screen.findByRole("textbox", { name: "Link to a.png" });
  expect(screen.queryByRole("button", { name: "Copy all" })).toBeNull();
  await user.upload(chooser(), png("b.png"));
  await user.click(await screen.findByRole("button", { name: "Copy all" }));
  expect(await navigator.clipboard.readText()).toBe(
    "https://pictures.test/token-1.png\nhttps://pictures.test/token-2.png",
  );
});

test("if the browser can't copy, the page offers the text for the person to copy", async () => {
  const { user } = open();
  await user.upload(chooser(), png("a.png"));
  await screen.findByRole("textbox", { name: "Link to a.png" });
  const clipboard = vi.spyOn(navigator.clipboard, "writeText");
  clipboard.mockRejectedValueOnce(new DOMException("no", "NotAllowedError"));
  await user.click(screen.getByRole("button", { name: "Copy Markdown for a.png" }));
  const field = screen.getByRole<HTMLInputElement>("textbox", { name: "Link to a.png" });
  await waitFor(() => expect(document.activeElement).toBe(field));
  const { value, selectionStart, selectionEnd } = field;
  expect(value.slice(selectionStart ?? 0, selectionEnd ?? 0)).toBe("![a](https://pictures.test/token-1.png)");

  await user.click(screen.getByRole("button", { name: "Copy Markdown for a.png" }));
  await waitFor(() => expect(field.value).toBe("https://pictures.test/token-1.png"));
});

test("a file dropped anywhere in the window is added, and the page shows the drop state before", async () => {
  open();
  const dataTransfer = { types: ["Files"], items: [], files: [png("dropped.png")] };
  fireEvent.dragEnter(document.body, { dataTransfer });
  expect(screen.getByText("Drop to upload")).toBeDefined();
  // Otherwise the browser would open the file instead of the page.
  expect(fireEvent.dragOver(document.body, { dataTransfer })).toBe(false);
  expect(fireEvent.drop(document.body, { dataTransfer })).toBe(false);
  expect(screen.queryByText("Drop to upload")).toBeNull();
  await screen.findByRole("textbox", { name: "Link to dropped.png" });
});

test("the drop state ends when the pointer leaves the window, not when it crosses the page", () => {
  open();
  fireEvent.dragEnter(document.body, { dataTransfer: { types: ["Files"] } });
  fireEvent.dragEnter(chooser(), { dataTransfer: { types: ["Files"] } });
  fireEvent.dragLeave(document.body);
  expect(screen.queryByText("Drop to upload")).not.toBeNull();
  fireEvent.dragLeave(chooser());
  expect(screen.queryByText("Drop to upload")).toBeNull();
  fireEvent.dragOver(chooser(), { dataTransfer: { types: ["Files"] } });
  expect(screen.queryByText("Drop to upload")).not.toBeNull();
  fireEvent.pointerMove(document.body);
  expect(screen.queryByText("Drop to upload")).toBeNull();
});

test("the page leaves dragged text to the browser", () => {
  open();
  const dataTransfer = { types: ["text/plain"], files: [] };
  fireEvent.dragEnter(document.body, { dataTransfer });
  expect(screen.queryByText("Drop to upload")).toBeNull();
  expect(fireEvent.drop(document.body, { dataTransfer })).toBe(true);
});

test("a pasted picture is added, unless it is pasted into a text field", async () => {
  open();
  const field = document.createElement("input");
  document.body.append(field);
  fireEvent.paste(field, { clipboardData: { files: [png("typed.png")] } });
  field.remove();
  fireEvent.paste(document.body, { clipboardData: { files: [] } });
  expect(screen.queryByRole("list")).toBeNull();
  fireEvent.paste(document.body, { clipboardData: { files: [png("image.png")] } });
  await screen.findByRole("textbox", { name: "Link to image.png" });
});

test("a rejected file says why in its own row, and the others go on", async () => {
  const { user } = open({ api: { limits: async () => ({ ...DEFAULT_LIMITS, maxUploadBytes: 20 }) } });
  const tooLarge = new File([await png("").arrayBuffer(), "more and more"], "large.png");
  const svg = new File(["<svg xmlns='http://www.w3.org/2000/svg'/>"], "drawing.svg");
  await user.upload(chooser(), [tooLarge, svg, new File([], "empty.png"), png("good.png")]);
  await screen.findByRole("textbox", { name: "Link to good.png" });
  const [large, drawing, empty] = rows();
  expect(large?.textContent).toContain("This picture is 29 B; the limit is 20 B.");
  expect(drawing?.textContent).toContain("SVG files can contain scripts");
  expect(empty?.textContent).toContain("This file is empty.");
  // Screen readers hear it too.
  await waitFor(() => {
    const said = screen.getAllByRole("status").map((region) => region.textContent);
    expect(said.join()).toContain("empty.png was not uploaded. This file is empty.");
  });
});

test("the page shows why the server refused a picture", async () => {
  const { user } = open({
    api: {
      complete: async () => {
        throw new ApiError(422, "too_many_pixels", "It has 144 million pixels; at most 100 are accepted.");
      },
    },
  });
  await user.upload(chooser(), png("huge.png"));
  expect(await screen.findByText("It has 144 million pixels; at most 100 are accepted.")).toBeDefined();
  expect(screen.queryByRole("button", { name: "Try again: huge.png" })).toBeNull();
});

test("a labelled bar and the title show progress", async () => {
  const { user } = open({
    put: (signed, body, options) => {
      options.onProgress(body.size / 4);
      return never(signed, body, options);
    },
  });
  await user.upload(chooser(), png("a.png"));
  const bar = await screen.findByRole<HTMLProgressElement>("progressbar", { name: "Progress of a.png" });
  await waitFor(() => expect(bar.value).toBe(0.25));
  expect(screen.getByText("25%")).toBeDefined();
  await waitFor(() => expect(document.title).toBe("25% · Image Host"));
});

test("the page warns before leaving while an upload is running, and only then", async () => {
  const { user } = open({ put: never });
  const leave = () => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
  expect(leave()).toBe(false);
  await user.upload(chooser(), png("a.png"));
  await waitFor(() => expect(leave()).toBe(true));
  await user.click(screen.getByRole("button", { name: "Cancel a.png" }));
  await waitFor(() => expect(leave()).toBe(false));
});

test("with the keyboard alone, cancel and try again keep the focus in the row", async () => {
  let first = true;
  const { user } = open({
    put: (...args) => {
      if (!first)
        return Promise.resolve<PutAnswer>({ status: 200, sentAll: true, begun: true, retryAfter: undefined });
      first = false;
      return never(...args);
    },
  });
  await user.upload(chooser(), png("a.png"));
  (await screen.findByRole("button", { name: "Cancel a.png" })).focus();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(document.activeElement).toBe(rows()[0]));
  await user.tab();
  await user.tab();
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Try again: a.png" }));
  await user.keyboard("{Enter}");
  await screen.findByRole("textbox", { name: "Link to a.png" });
  expect(rows()[0]?.contains(document.activeElement)).toBe(true);
});

test("removing a row moves the focus to its neighbour, or from the last row to the chooser", async () => {
  const { user } = open();
  const revoked = vi.spyOn(URL, "revokeObjectURL");
  await user.upload(chooser(), ["a.png", "b.png", "c.png"].map(png));
  await screen.findByRole("textbox", { name: "Link to c.png" });
  const remove = async (name: string) => {
    screen.getByRole("button", { name: `Remove ${name} from this list` }).focus();
    await user.keyboard(" ");
  };
  await remove("b.png");
  expect(document.activeElement).toBe(screen.getByRole("listitem", { name: "c.png" }));
  await waitFor(() => expect(revoked).toHaveBeenCalledTimes(1));
  await remove("c.png");
  expect(document.activeElement).toBe(screen.getByRole("listitem", { name: "a.png" }));
  await remove("a.png");
  expect(document.activeElement).toBe(chooser());
});

test("deleting asks first; Escape and Keep keep the picture", async () => {
  const removed: string[] = [];
  const { user } = open({
    api: {
      remove: async (token) => {
        removed.push(token);
      },
    },
  });
  await user.upload(chooser(), png("a.png"));
  await user.click(await screen.findByRole("button", { name: "Delete a.png" }));
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("button", { name: "Yes, delete a.png" })).toBeNull();
  await waitFor(() =>
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Delete a.png" })),
  );
  await user.keyboard("{Enter}");
  await user.click(screen.getByRole("button", { name: "Keep a.png" }));
  expect(removed).toEqual([]);

  await user.click(await screen.findByRole("button", { name: "Delete a.png" }));
  await user.click(screen.getByRole("button", { name: "Yes, delete a.png" }));
  await screen.findByText(/^Deleted\. The link no longer works/);
  expect(removed).toEqual(["token-1"]);
  expect(screen.queryByRole("textbox", { name: "Link to a.png" })).toBeNull();
});

test("without the server's limits the page says so, asks again on request, and goes on working", async () => {
  let reachable = false;
  const { user } = open({
    api: {
      limits: async () => {
        if (!reachable) throw new ApiError(502, "bad_answer");
        return { ...DEFAULT_LIMITS, maxUploadBytes: 1024 * 1024 };
      },
    },
  });
  const again = await screen.findByRole("button", { name: "Try again" });
  expect(screen.getByText(/up to 25 MB each/)).toBeDefined();
  await user.upload(chooser(), png("a.png"));
  await screen.findByRole("textbox", { name: "Link to a.png" });
  reachable = true;
  await user.click(again);
  await screen.findByText(/up to 1 MB each/);
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
});

test("the page says that it is offline, until the network is back", async () => {
  open();
  const offline = /^You are offline/;
  const onLine = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  act(() => {
    window.dispatchEvent(new Event("offline"));
  });
  expect(screen.getByText(offline)).toBeDefined();
  onLine.mockReturnValue(true);
  act(() => {
    window.dispatchEvent(new Event("online"));
  });
  expect(screen.queryByText(offline)).toBeNull();
});

test.each([
  [
    "mailto:abuse@img.test?subject=Report&body={link}",
    "mailto:abuse@img.test?subject=Report&body=https%3A%2F%2Fpictures.test%2Ftoken-1.png",
  ],
  [
    "https://img.test/report?of={link}",
    "https://img.test/report?of=https%3A%2F%2Fpictures.test%2Ftoken-1.png",
  ],
])("a published picture can be reported where the server says: %s", async (reportURL, address) => {
  const { user } = open({ api: { limits: async () => ({ ...DEFAULT_LIMITS, reportURL }) } });
  await user.upload(chooser(), png("a.png"));
  const link = await screen.findByRole("link", { name: "Report a.png to whoever runs this server" });
  expect(link.getAttribute("href")).toBe(address);
  expect(link.getAttribute("rel")).toBe("noreferrer");
});

test("where the server names no place for reports, none is shown", async () => {
  const { user } = open();
  await user.upload(chooser(), png("a.png"));
  await screen.findByRole("link", { name: "Open a.png in a new tab" });
  expect(screen.queryByText("Report")).toBeNull();
});
