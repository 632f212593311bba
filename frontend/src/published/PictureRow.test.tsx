import { fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useMemo, useState } from "react";
import { expect, test, vi } from "vitest";
import { createSettings } from "../device/settings";
import { CopyWithFormat } from "./CopyWithFormat";
import { PageContext, SettingsContext } from "./format";
import { PictureMenu } from "./PictureMenu";
import { PictureList, PictureRow } from "./PictureRow";
import { selectionKeys, useSelection } from "./selection";

const NAMES = ["a", "b", "c", "d", "e"];
const picture = (name: string) => ({
  viewURL: `https://pictures.test/${name}.png`,
  deleteURL: `https://site.test/delete#${name}`,
  filename: `${name}.png`,
  width: 4,
  height: 3,
});

function List() {
  const [names, setNames] = useState(NAMES);
  const selection = useSelection(useMemo(() => names, [names]));
  return (
    <>
      <output>{selection.ids.join("")}</output>
      <button type="button" aria-label="less" onClick={() => setNames(names.slice(1))} />
      <PictureList onKeyDown={selectionKeys(selection)}>
        {names.map((name) => (
          <PictureRow
            key={name}
            id={name}
            name={name}
            picture="https://pictures.test/a.png"
            selected={selection.has(name)}
            onSelect={selection.toggle}
          />
        ))}
      </PictureList>
    </>
  );
}

const box = (name: string) => screen.getByRole<HTMLInputElement>("checkbox", { name: `Select ${name}` });
const selected = () => screen.getByRole("status").textContent;

test("a click selects, Shift and a click select all between", async () => {
  const user = userEvent.setup();
  render(<List />);
  await user.click(box("b"));
  expect(selected()).toBe("b");
  fireEvent.click(box("d"), { shiftKey: true });
  expect(selected()).toBe("bcd");
  await user.click(box("c"));
  expect(selected()).toBe("bd");
  fireEvent.click(box("a"), { shiftKey: true });
  expect(selected()).toBe("abcd");
});

test("keys select: Space, Shift and arrows, Ctrl+A, Escape", async () => {
  const user = userEvent.setup();
  render(<List />);
  box("a").focus();
  await user.keyboard(" {ArrowDown}{ArrowDown}");
  expect(document.activeElement).toBe(box("c"));
  expect(selected()).toBe("a");
  await user.keyboard("{Shift>}{ArrowDown}{ArrowDown}{/Shift}");
  expect(selected()).toBe("acde");
  await user.keyboard("{Escape}");
  expect(selected()).toBe("");
  await user.keyboard("{Home}{Control>}a{/Control}");
  expect(document.activeElement).toBe(box("a"));
  expect(selected()).toBe("abcde");
});

test("what leaves the list leaves the selection", async () => {
  const user = userEvent.setup();
  render(<List />);
  await user.click(box("a"));
  await user.click(box("b"));
  await user.click(screen.getByRole("button", { name: "less" }));
  expect(selected()).toBe("b");
});

function copying(of?: string) {
  const settings = createSettings(undefined);
  const pictures = of ? [picture("a")] : NAMES.map(picture);
  render(
    <SettingsContext value={settings}>
      <CopyWithFormat of={of} pictures={() => pictures} label={of ? undefined : "Copy all"} />
    </SettingsContext>,
  );
  return { user: userEvent.setup(), settings };
}

test("one button copies; choosing a format copies in it, and remembers it", async () => {
  const { user, settings } = copying("a.png");
  await user.click(screen.getByRole("button", { name: "Copy link to a.png" }));
  expect(await navigator.clipboard.readText()).toBe("https://pictures.test/a.png");

  await user.click(screen.getByRole("button", { name: "Format for a.png: Link" }));
  expect(screen.getByRole("menuitemradio", { name: "Link" }).ariaChecked).toBe("true");
  await user.click(screen.getByRole("menuitemradio", { name: "Markdown" }));
  expect(await navigator.clipboard.readText()).toBe("![a](https://pictures.test/a.png)");
  expect(settings.getState().format).toBe("markdown");
  const copy = screen.getByRole("button", { name: "Copy Markdown for a.png" });
  expect(copy.dataset.copied).toBe("true");
  // The format is still to be read beside the tick.
  expect(screen.getByRole("button", { name: "Format for a.png: Markdown" }).textContent).toBe("Markdown");
});

test("a link to the page is a format where the server has pages, and the link to the file stays the first", async () => {
  const settings = createSettings(undefined);
  const key = "7d/0b8f3a52-6e0f-4c0c-9f43-8a35c5b7d1ee.png";
  const published = { ...picture("a"), viewURL: `https://pictures.test/i/${key}` };
  const page = (pageURL: string | null) => (
    <SettingsContext value={settings}>
      <PageContext value={pageURL}>
        <CopyWithFormat of="a.png" pictures={() => [published]} />
      </PageContext>
    </SettingsContext>
  );
  const user = userEvent.setup();
  const { rerender } = render(page("https://site.test/p/{name}"));
  expect(screen.getByRole("button", { name: "Copy link to a.png" })).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Format for a.png: Link" }));
  await user.click(screen.getByRole("menuitemradio", { name: "Link to page" }));
  expect(await navigator.clipboard.readText()).toBe(`https://site.test/p/${key.replace(".", "-")}`);
  expect(screen.getByRole("button", { name: "Copy link to the page of a.png" })).toBeTruthy();
  // What was remembered is of no use on a server without pages.
  rerender(page(null));
  await user.click(screen.getByRole("button", { name: "Copy link to a.png" }));
  expect(await navigator.clipboard.readText()).toBe(published.viewURL);
});

test("several are copied in their order, a line each", async () => {
  const { user } = copying();
  await user.click(screen.getByRole("button", { name: "Copy all" }));
  expect(await navigator.clipboard.readText()).toBe(NAMES.map((name) => picture(name).viewURL).join("\n"));
});

test("what the browser will not copy is shown, selected, and can be closed", async () => {
  const { user } = copying("a.png");
  vi.spyOn(navigator.clipboard, "writeText").mockRejectedValueOnce(new DOMException("no", "NotAllowedError"));
  const copy = screen.getByRole("button", { name: "Copy link to a.png" });
  await user.click(copy);
  const area = await screen.findByRole<HTMLTextAreaElement>("textbox");
  expect(document.activeElement).toBe(area);
  expect(area.value.slice(area.selectionStart, area.selectionEnd)).toBe("https://pictures.test/a.png");
  await user.click(screen.getByRole("button", { name: "Close" }));
  expect(screen.queryByRole("textbox")).toBeNull();
  expect(document.activeElement).toBe(copy);
});

test("the menu of a picture copies its delete link, hides it, and asks before it deletes", async () => {
  const user = userEvent.setup();
  const [onDelete, onHide] = [vi.fn(), vi.fn()];
  render(<PictureMenu name="a.png" picture={picture("a")} onDelete={onDelete} onHide={onHide} />);
  const choose = async (entry: string) => {
    await user.click(screen.getByRole("button", { name: "More for a.png" }));
    await user.click(screen.getByRole("menuitem", { name: entry }));
  };
  await choose("Copy delete link");
  expect(await navigator.clipboard.readText()).toBe("https://site.test/delete#a");
  await choose("Hide");
  expect(onHide).toHaveBeenCalledOnce();

  await choose("Delete");
  const dialog = screen.getByRole("dialog", { name: "Delete a.png" });
  await user.click(within(dialog).getByRole("button", { name: "Keep a.png" }));
  expect(onDelete).not.toHaveBeenCalled();
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "More for a.png" }));
  await choose("Delete");
  await user.click(screen.getByRole("button", { name: "Yes, delete a.png" }));
  expect(onDelete).toHaveBeenCalledOnce();
});

test("a picture that is not published offers only to hide it", async () => {
  const user = userEvent.setup();
  render(<PictureMenu name="a.png" onHide={() => {}} />);
  await user.click(screen.getByRole("button", { name: "More for a.png" }));
  expect(screen.getAllByRole("menuitem").map((entry) => entry.textContent)).toEqual(["Hide"]);
});
