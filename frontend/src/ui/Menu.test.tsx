import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Menu } from "./Menu";

function open() {
  const chosen = vi.fn();
  const entries = vi.fn(() => [
    { label: "Open", href: "https://pictures.test/a.png" },
    { label: "QR code", onSelect: () => chosen("qr") },
    { label: "Delete", onSelect: () => chosen("delete"), danger: true },
  ]);
  render(
    <Menu name="More for a.png" entries={entries}>
      …
    </Menu>,
  );
  return { user: userEvent.setup(), button: screen.getByRole("button"), chosen, entries };
}

const focused = () => document.activeElement?.textContent;

test("a closed menu makes no entries, and says that it is closed", () => {
  const { button, entries } = open();
  expect(entries).not.toHaveBeenCalled();
  expect(button.getAttribute("aria-haspopup")).toBe("menu");
  expect(button.getAttribute("aria-expanded")).toBe("false");
});

test("arrows, Home, End and letters go through the entries, round and round", async () => {
  const { user, button } = open();
  button.focus();
  await user.keyboard("{Enter}");
  expect(button.getAttribute("aria-expanded")).toBe("true");
  expect(focused()).toBe("Open");
  for (const [key, label] of [
    ["{ArrowDown}", "QR code"],
    ["{End}", "Delete"],
    ["{ArrowDown}", "Open"],
    ["{ArrowUp}", "Delete"],
    ["{Home}", "Open"],
    ["d", "Delete"],
    ["q", "QR code"],
  ] as const) {
    await user.keyboard(key);
    expect(focused()).toBe(label);
  }
});

test("the arrows on the button open it at either end", async () => {
  const { user, button } = open();
  button.focus();
  await user.keyboard("{ArrowUp}");
  expect(focused()).toBe("Delete");
  await user.keyboard("{Escape}{ArrowDown}");
  expect(focused()).toBe("Open");
});

test("Escape closes it, and a choice too; the button has the focus then", async () => {
  const { user, button, chosen } = open();
  await user.click(button);
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("menu")).toBeNull();
  expect(document.activeElement).toBe(button);
  await user.keyboard("{Enter}{ArrowDown}{Enter}");
  expect(chosen.mock.calls).toEqual([["qr"]]);
  expect(screen.queryByRole("menu")).toBeNull();
  expect(document.activeElement).toBe(button);
});

test("a second click on the button closes it", async () => {
  const { user, button } = open();
  await user.click(button);
  await user.click(button);
  expect(screen.queryByRole("menu")).toBeNull();
});

test("an address opens in a new tab, and tells it nothing of this page", async () => {
  const { user, button } = open();
  await user.click(button);
  const entry = screen.getByRole("menuitem", { name: "Open" });
  expect(entry.getAttribute("target")).toBe("_blank");
  expect(entry.getAttribute("rel")).toBe("noreferrer");
});
