import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createRef } from "react";
import { expect, test, vi } from "vitest";
import { createSettings, DEFAULT_SETTINGS } from "../device/settings";
import { DEFAULT_LIMITS } from "../engine/limits";
import { en } from "../messages/en";
import { MessagesContext } from "../messages/useMessages";
import type { ReworkOptions } from "../pictures/rework";
import { Announcer } from "../ui/Announcer";
import { Options, OptionsInUse } from "./Options";
import { describeSent } from "./sent";

const SMALL = { longestSide: 1280, contentType: "image/webp", quality: 0.8 } as const;

function open(newest?: File) {
  const settings = createSettings(undefined);
  const user = userEvent.setup();
  const fallback = createRef<HTMLInputElement>();
  render(
    <MessagesContext value={en}>
      <Announcer>
        <input aria-label="Choose" ref={fallback} />
        <OptionsInUse settings={settings} fallback={fallback} />
        <Options accepted={DEFAULT_LIMITS} settings={settings} newest={newest} />
      </Announcer>
    </MessagesContext>,
  );
  return { settings, user };
}

const chips = () => {
  const list = screen.queryByRole("list", { name: "Options in use" });
  return list
    ? within(list)
        .getAllByRole("listitem")
        .map((item) => item.textContent)
    : [];
};
const off = (name: string) => screen.getByRole("button", { name: `Turn off: ${name}` });

test("each option in use is a chip, whether the fields are shown or not; ordinary ones are none", async () => {
  const { settings } = open();
  expect(chips()).toEqual([]);
  act(() => settings.setState({ expiresIn: "1d", shrink: SMALL }));
  await screen.findByText("Deleted after 1 day");
  expect(chips()).toEqual(["Deleted after 1 day", "At most 1,280 px, WebP 80%"]);
  act(() => settings.setState({ shrink: undefined, expiresIn: "7d", keepMetadata: true }));
  expect(chips()).toEqual(["Deleted after 7 days", "Metadata kept"]);
  act(() => settings.setState({ shrink: SMALL }));
  expect(chips().at(-1)).toBe("Metadata kept unless made smaller");
});

test("with the keyboard a chip turns its option off, says so, and leaves the focus at the next one", async () => {
  const { settings, user } = open();
  act(() => settings.setState({ expiresIn: "1d", shrink: SMALL, keepMetadata: true }));
  await screen.findByText("Deleted after 1 day");
  await user.tab();
  await user.tab();
  expect(document.activeElement).toBe(off("Deleted after 1 day"));
  await user.keyboard("{Enter}");
  expect(settings.getState().expiresIn).toBeUndefined();
  expect(await screen.findByText("Turned off: Deleted after 1 day.")).toBeTruthy();
  expect(document.activeElement).toBe(off("At most 1,280 px, WebP 80%"));
  await user.tab();
  await user.keyboard("{Delete}");
  expect(document.activeElement).toBe(off("At most 1,280 px, WebP 80%"));
  await user.keyboard("{Backspace}");
  expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "Choose" }));
  expect(settings.getState()).toEqual(DEFAULT_SETTINGS);
  expect(chips()).toEqual([]);
});

test("what stays the same is said only where it does", async () => {
  const { settings, user } = open();
  await user.click(screen.getByRole("button", { name: "Options" }));
  expect(await screen.findByText(/stays exactly as it is/)).toBeTruthy();
  act(() => settings.setState({ shrink: SMALL }));
  expect(screen.queryByText(/stays exactly as it is/)).toBeNull();
  expect(screen.getByText(/is saved anew/)).toBeTruthy();
  expect(screen.getByLabelText("Format")).toBeTruthy();
});

/** Answers with so many bytes as the quality says. */
class Drawing extends EventTarget {
  static readonly asked: number[] = [];

  postMessage({ options }: { options: ReworkOptions }): void {
    const quality = options.shrink?.quality ?? 0;
    Drawing.asked.push(quality);
    const body = new Blob([new Uint8Array(quality * 1000)]);
    this.dispatchEvent(new MessageEvent("message", { data: { prepared: { body } } }));
  }
  terminate(): void {}
}

test("the quality is a number, and what it makes of the newest picture is asked once it rests", async () => {
  vi.stubGlobal("Worker", Drawing);
  const png = Uint8Array.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", (char) => char.charCodeAt(0));
  const { settings, user } = open(new File([png, new Uint8Array(2048 - png.length)], "new.png"));
  act(() => settings.setState({ shrink: SMALL }));
  await user.click(screen.getByRole("button", { name: "Options" }));
  expect(await screen.findByText("new.png: 2 kB → 800 bytes")).toBeTruthy();
  act(() => settings.setState({ shrink: { ...SMALL, quality: 0.7 } }));
  act(() => settings.setState({ shrink: { ...SMALL, quality: 0.6 } }));
  expect(screen.getByText("60%")).toBeTruthy();
  expect(screen.queryByText(/new.png/)).toBeNull();
  expect(await screen.findByText("new.png: 2 kB → 600 bytes")).toBeTruthy();
  expect(Drawing.asked).toEqual([0.8, 0.6]);
  vi.unstubAllGlobals();
});

test("a row says what went, and why a picture was not made smaller", () => {
  const told = (removed: Parameters<typeof describeSent>[0]["removed"], notSmaller?: "moves" | "not_drawn") =>
    describeSent({ size: 1, removed, notSmaller }, en);
  expect(told([])).toBeUndefined();
  expect(told(["video", "hdr", "preview"])).toBe("Removed: video, HDR version, embedded previews");
  expect(told(["text"], "moves")).toBe("Removed: captions · Not made smaller, because it is animated");
});
