import { copyText } from "../device/clipboard";
import type { SnippetFormat } from "../device/settings";
import { snippet } from "../published/snippets";
import { make, makeButton } from "./make";
import { isGone, type Shown } from "./pictures";

const FORMATS: readonly (readonly [SnippetFormat, string])[] = [
  ["link", "Links"],
  ["markdown", "Markdown"],
  ["html", "HTML"],
  ["bbcode", "BBCode"],
];

/** What is done with all pictures of the album: they are saved, or their links are copied. */
export function addTools(
  place: HTMLElement,
  said: HTMLElement,
  title: string,
  pictures: readonly Shown[],
): void {
  const there = () => pictures.filter((picture) => !isGone(picture));
  const say = (text: string) => {
    said.textContent = text;
  };
  const buttons = FORMATS.map(([format, name]) =>
    makeButton(
      name,
      async () => {
        const text = there()
          .map((picture) => snippet(format, picture, null))
          .join("\n");
        if (await copyText(text)) return say(`${name} copied.`);
        // The browser refused.
        const field = make("textarea", { readOnly: true, value: text, rows: 6, ariaLabel: name });
        said.replaceChildren("Copy it by hand: ", field);
        field.select();
      },
      `Copy all as ${name}`,
    ),
  );
  for (const button of buttons) button.classList.add("small");
  place.append(
    makeDownload(pictures, Number(place.dataset.bytes), title, say),
    make(
      "span",
      { className: "copies", role: "group", ariaLabel: "Copy all" },
      make("span", {}, "Copy all:"),
      ...buttons,
    ),
  );
}

/** Make a button that saves all pictures as one file; while it does, it stops that. */
function makeDownload(
  pictures: readonly Shown[],
  bytes: number,
  title: string,
  say: (text: string) => void,
): HTMLButtonElement {
  let running: AbortController | undefined;
  const button = makeButton("Download all", () => void (running ? running.abort() : run()));
  const run = async () => {
    const control = new AbortController();
    running = control;
    try {
      const { save } = await import("./zip");
      const onProgress = (done: number) => {
        button.textContent = `Cancel (${done} of ${pictures.length})`;
      };
      say(await save(pictures, title, bytes, onProgress, control.signal));
    } catch {
      say("This could not be loaded. Check your connection, then try again.");
    } finally {
      running = undefined;
      button.textContent = "Download all";
    }
  };
  return button;
}
