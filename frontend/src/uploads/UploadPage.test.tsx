import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { App } from "../App";
import { type Api, ApiError } from "../api/client";
import type { Picture } from "../api/wire";
import { browserConnection } from "../device/connection";
import { createServerClock } from "../device/serverClock";
import { createSettings, DEFAULT_SETTINGS } from "../device/settings";
import { inspect } from "../engine/inspect";
import { DatabaseKeeper } from "../engine/keeper";
import { createLimits, DEFAULT_LIMITS } from "../engine/limits";
import type { Put, PutAnswer } from "../engine/put";
import { UploadQueue } from "../engine/queue";
import type { Unkept } from "../history/record";
import { createStore } from "../store";

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
    createAlbum: () => Promise.reject(new Error("no albums here")),
    readAlbum: () => Promise.reject(new Error("no albums here")),
    editAlbum: () => Promise.reject(new Error("no albums here")),
    deleteAlbum: () => Promise.reject(new Error("no albums here")),
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
    options: () => DEFAULT_SETTINGS,
    keeper: new DatabaseKeeper(async () => undefined, Promise.resolve("tab")),
    connection: browserConnection,
    page: "https://page.test",
  });
  const user = userEvent.setup({ applyAccept: false });
  render(
    <App
      api={api}
      clock={createServerClock()}
      limits={limits}
      openDatabase={async () => undefined}
      queue={queue}
      settings={createSettings(undefined)}
      tabName={Promise.resolve("tab")}
      unkept={{ ...createStore<Unkept>({ blocked: false, pictures: [] }), forget: () => {} }}
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

test("one picture becomes a link, selected, with a button that copies it in any format", async () => {
  const { user } = open();
  await user.upload(chooser(), png("my holiday.png"));
  const link = await screen.findByRole<HTMLInputElement>("textbox", { name: "Link to my holiday.png" });
  expect(link.value).toBe("https://pictures.test/token-1.png");
  expect(link.readOnly).toBe(true);
  expect(document.activeElement).toBe(link);
  expect([link.selectionStart, link.selectionEnd]).toEqual([0, link.value.length]);
  expect(screen.getByRole("link", { name: /^Open my holiday.png/ }).getAttribute("href")).toBe(link.value);

  const copies = {
    Link: "https://pictures.test/token-1.png",
    Markdown: "![my holiday](https://pictures.test/token-1.png)",
    HTML: '<img src="https://pictures.test/token-1.png" width="640" height="480" alt="my holiday">',
    BBCode: "[img]https://pictures.test/token-1.png[/img]",
  };
  for (const [format, text] of Object.entries(copies)) {
    await user.click(screen.getByRole("button", { name: /^Format for my holiday.png/ }));
    await user.click(screen.getByRole("menuitemradio", { name: format }));
    expect(await navigator.clipboard.readText()).toBe(text);
    const button = screen.getByRole("button", { name: /^Copy .* my holiday.png$/ });
    await waitFor(() => expect(button.dataset.copied).toBe("true"));
    await navigator.clipboard.writeText("");
    await user.click(button);
    expect(await navigator.clipboard.readText()).toBe(text);
  }
  expect(screen.getAllByText("BBCode copied.")[0]?.closest("[role=status]")).not.toBeNull();
});

test("Ctrl+C copies the link of the one picture while nothing else is selected", async () => {
  const { user } = open();
  await user.upload(chooser(), png("a.png"));
  await screen.findByRole("textbox", { name: "Link to a.png" });
  screen.getByRole("link", { name: "History" }).focus();
  const copied = new Map<string, string>();
  const clipboardData = { setData: (type: string, text: string) => copied.set(type, text) };
  expect(fireEvent.copy(document.body, { clipboardData })).toBe(false);
  expect(copied).toEqual(new Map([["text/plain", "https://pictures.test/token-1.png"]]));

  copied.clear();
  getSelection()?.selectAllChildren(screen.getByRole("heading", { level: 1 }));
  expect(fireEvent.copy(document.body, { clipboardData })).toBe(true);
  expect(copied.size).toBe(0);
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
  await screen.findByText("2 pictures uploaded");
  await user.click(await screen.findByRole("button", { name: "Copy all" }));
  expect(await navigator.clipboard.readText()).toBe(
    "https://pictures.test/token-1.png\nhttps://pictures.test/token-2.png",
  );
});

test("a file dropped anywhere in the window is added, and the page shows the drop state before", async () => {
  open();
  const dataTransfer = { types: ["Files"], items: [], files: [png("dropped.png")], getData: () => "" };
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

test("dropped text is no picture; the page says so, until a picture comes or a person closes the note", async () => {
  const { user } = open();
  const dataTransfer = { types: ["text/plain"], items: [], files: [], getData: () => "" };
  fireEvent.dragEnter(document.body, { dataTransfer });
  expect(screen.queryByText("Drop to upload")).toBeNull();
  expect(fireEvent.drop(document.body, { dataTransfer })).toBe(false);
  await screen.findByText("What you dropped is not a picture.");
  await user.click(screen.getByRole("button", { name: "Close this note" }));
  expect(screen.queryByText("What you dropped is not a picture.")).toBeNull();
  expect(document.activeElement).not.toBe(document.body);
  fireEvent.drop(document.body, { dataTransfer });
  await screen.findByText("What you dropped is not a picture.");
  await user.upload(chooser(), png("a.png"));
  expect(screen.queryByText("What you dropped is not a picture.")).toBeNull();
});

test("a pasted picture is added, unless it is pasted into a text field", async () => {
  open();
  const field = document.createElement("input");
  document.body.append(field);
  const holding = (files: File[], html = "") => ({
    clipboardData: {
      files,
      types: ["text/rtf"],
      getData: (type: string) => (type === "text/html" ? html : ""),
    },
  });
  fireEvent.paste(field, holding([png("typed.png")]));
  field.remove();
  expect(screen.queryByRole("list")).toBeNull();
  fireEvent.paste(document.body, holding([png("image.png")], "<img src='a.png'>"));
  await screen.findByRole("textbox", { name: /^Link to pasted-.*[.]png$/ });
});

test("a picture that was pasted with text is asked about, and is uploaded only after a yes", async () => {
  const { user } = open();
  const clipboardData = { files: [png("image.png")], types: [], getData: () => "<p>Dear all</p>" };
  for (const answer of ["Don’t upload", "Escape"]) {
    fireEvent.paste(document.body, { clipboardData });
    const question = await screen.findByRole("region", { name: "Upload the picture of what you copied?" });
    await waitFor(() => expect(document.activeElement).toBe(question));
    if (answer === "Escape") await user.keyboard("{Escape}");
    else await user.click(within(question).getByRole("button", { name: answer }));
    expect(screen.queryByRole("region", { name: "Upload the picture of what you copied?" })).toBeNull();
    expect(screen.queryByRole("list", { name: "Your pictures" })).toBeNull();
  }
  fireEvent.paste(document.body, { clipboardData });
  await user.click(await screen.findByRole("button", { name: "Upload the picture" }));
  await screen.findByRole("textbox", { name: /^Link to pasted-/ });
});

test("a paste without a picture says so", async () => {
  open();
  fireEvent.paste(document.body, {
    clipboardData: { files: [], types: ["text/plain"], getData: () => "hello" },
  });
  await screen.findByText("The clipboard holds no picture.");
});

test("a rejected file says why in its own row, and the others go on", async () => {
  const { user } = open({ api: { limits: async () => ({ ...DEFAULT_LIMITS, maxUploadBytes: 20 }) } });
  const tooLarge = new File([await png("").arrayBuffer(), "more and more"], "large.png");
  const svg = new File(["<svg xmlns='http://www.w3.org/2000/svg'/>"], "drawing.svg");
  await user.upload(chooser(), [tooLarge, svg, new File([], "empty.png"), png("good.png")]);
  await screen.findByText("1 of 4 pictures uploaded");
  const [large, drawing, empty] = rows();
  expect(large?.textContent).toContain("This picture is 29 bytes; the limit is 20 bytes.");
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
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Try again: a.png" }));
  await user.keyboard("{Enter}");
  await screen.findByRole("textbox", { name: "Link to a.png" });
  expect(rows()[0]?.contains(document.activeElement)).toBe(true);
});

test("hiding a row moves the focus to its neighbour, or from the last one to the chooser", async () => {
  const { user } = open();
  const revoked = vi.spyOn(URL, "revokeObjectURL");
  await user.upload(chooser(), ["a.png", "b.png", "c.png"].map(png));
  await screen.findByText("3 pictures uploaded");
  const hide = async (name: string) => {
    screen.getByRole("button", { name: `More for ${name}` }).focus();
    await user.keyboard("{Enter}h{Enter}");
  };
  await hide("b.png");
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("listitem", { name: "c.png" })));
  await waitFor(() => expect(revoked).toHaveBeenCalledTimes(1));
  await hide("c.png");
  // The only one looks otherwise, and is another element.
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("listitem", { name: "a.png" })));
  screen.getByRole("button", { name: "Hide a.png" }).focus();
  await user.keyboard(" ");
  expect(document.activeElement).toBe(chooser());
});

test("filters show a part of the list, and give way when it is empty", async () => {
  const { user } = open();
  await user.upload(chooser(), [png("a.png"), new File([], "empty.png"), png("b.png")]);
  await screen.findByText("2 of 3 pictures uploaded");
  await user.click(screen.getByRole("button", { name: "Failed 1" }));
  expect(rows()).toHaveLength(1);
  expect(rows()[0]?.textContent).toContain("This file is empty.");
  await user.click(screen.getByRole("button", { name: "Done 2" }));
  expect(rows()).toHaveLength(2);
  await user.click(screen.getByRole("button", { name: "Failed 1" }));
  await user.click(screen.getByRole("button", { name: "Hide empty.png" }));
  await waitFor(() => expect(rows()).toHaveLength(2));
});

test("one button tries again what failed, one cancels what is under way, one hides what is done", async () => {
  let broken = true;
  const { user, queue } = open({
    put: (...args) =>
      broken
        ? Promise.resolve<PutAnswer>({ status: 400, sentAll: true, begun: true, retryAfter: undefined })
        : args[1].size > 20
          ? never(...args)
          : Promise.resolve<PutAnswer>({ status: 200, sentAll: true, begun: true, retryAfter: undefined }),
  });
  const long = new File([await png("").arrayBuffer(), "a longer picture"], "long.png", { type: "image/png" });
  await user.upload(chooser(), [png("a.png"), png("b.png")]);
  await screen.findByRole("button", { name: "Retry failed" });
  await waitFor(() =>
    expect(queue.getState().uploads.every(({ state }) => state.phase === "failed")).toBe(true),
  );
  broken = false;
  await user.click(screen.getByRole("button", { name: "Retry failed" }));
  await screen.findByText("2 pictures uploaded");
  await user.upload(chooser(), [png("c.png"), long]);
  await screen.findByText("3 of 4 pictures uploaded");
  await user.click(screen.getByRole("button", { name: "Cancel all" }));
  await waitFor(() => expect(queue.getState().uploads.at(-1)?.state.phase).toBe("cancelled"));
  await user.click(screen.getByRole("button", { name: "Clear finished" }));
  expect(queue.getState().uploads).toEqual([]);
  expect(document.activeElement).toBe(chooser());
});

test("one cause of several failures is said once, above them, with one button for all", async () => {
  const { user, queue } = open({
    put: async () => ({ status: 400, sentAll: true, begun: true, retryAfter: undefined }),
  });
  await user.upload(chooser(), ["a.png", "b.png", "c.png"].map(png));
  const alert = await screen.findByRole("alert");
  await waitFor(() =>
    expect(alert.textContent).toMatch(/^3 pictures not uploaded .*refused the picture \(status 400\)/),
  );
  for (const row of rows()) expect(row.textContent).not.toContain("status 400");
  const retry = vi.spyOn(queue, "retry");
  await user.click(within(alert).getByRole("button", { name: "Try all again" }));
  expect(retry).toHaveBeenCalledTimes(3);
});

test("a token that is not accepted is said at once, and the cursor is where it goes", async () => {
  const limits = { ...DEFAULT_LIMITS, tokenRequired: true };
  let accepted = false;
  const { user } = open({
    api: {
      limits: async () => limits,
      init: async () => {
        if (!accepted) throw new ApiError(401, "access_token_required");
        return new Promise(() => {});
      },
    },
  });
  await user.type(await screen.findByLabelText("Access token"), "wrong");
  (document.activeElement as HTMLElement).blur();
  await user.upload(chooser(), ["a.png", "b.png"].map(png));
  expect((await screen.findByRole("alert")).textContent).toContain("This token is not accepted.");
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Access token")));
  accepted = true;
  await user.click(screen.getByRole("button", { name: "Try all again" }));
  await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
});

test("what is selected can be copied, hidden and deleted together", async () => {
  const removed: string[] = [];
  const { user } = open({
    api: {
      remove: async (token) => {
        removed.push(token);
      },
    },
  });
  await user.upload(chooser(), ["a.png", "b.png", "c.png", "d.png"].map(png));
  await screen.findByText("4 pictures uploaded");
  await user.click(screen.getByRole("checkbox", { name: "Select a.png" }));
  await user.click(screen.getByRole("checkbox", { name: "Select c.png" }));
  const bar = screen.getByRole("group", { name: "Selected pictures" });
  expect(bar.textContent).toContain("2 selected");
  await user.click(within(bar).getByRole("button", { name: "Copy" }));
  const links = await navigator.clipboard.readText();
  expect(links.split("\n")).toHaveLength(2);

  await user.click(within(bar).getByRole("button", { name: "Delete" }));
  await user.click(screen.getByRole("button", { name: "Keep them" }));
  expect(removed).toEqual([]);
  await user.click(within(bar).getByRole("button", { name: "Delete" }));
  await user.click(screen.getByRole("button", { name: "Yes, delete 2 pictures" }));
  await waitFor(() => expect(screen.getAllByText(/^Deleted\. The link no longer works/)).toHaveLength(2));
  expect(removed).toHaveLength(2);
  await user.click(within(bar).getByRole("button", { name: "Hide" }));
  const names = () => rows().map((row) => row.querySelector("p")?.textContent);
  await waitFor(() => expect(names()).toEqual(["b.png", "d.png"]));
  expect(screen.queryByRole("group", { name: "Selected pictures" })).toBeNull();
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
