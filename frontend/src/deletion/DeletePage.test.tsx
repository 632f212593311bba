import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";
import { ApiError } from "../api/client";
import { DeletePage } from "./DeletePage";

const LINK = "https://pictures.test/a.png";

function open(
  hash: string,
  remove: (token: string) => Promise<void>,
  lookup: (token: string) => Promise<{ viewURL: string }> = async () => ({ viewURL: LINK }),
) {
  history.replaceState(null, "", `/delete${hash}`);
  render(<DeletePage api={{ remove, lookup }} openDatabase={async () => undefined} />);
  return userEvent.setup();
}

const confirm = () => screen.getByRole("button", { name: "Delete the picture" });
const heading = (name: string) => screen.findByRole("heading", { name });

afterEach(() => {
  history.replaceState(null, "", "/");
});

test("opening the link deletes nothing; the button does, with the token from the fragment", async () => {
  const removed: string[] = [];
  const user = open("#the.token-1_x", async (token) => {
    removed.push(token);
  });
  await heading("Delete this picture?");
  const shown = await screen.findByRole("img", { name: "The picture that would be deleted" });
  expect(shown.getAttribute("src")).toBe(LINK);
  expect(removed).toEqual([]);
  await user.click(confirm());
  const done = await heading("The picture is deleted.");
  expect(removed).toEqual(["the.token-1_x"]);
  expect(document.activeElement).toBe(done);
});

test("an invalid token says so, and offers no button", async () => {
  const user = open("#forged", async () => {
    throw new ApiError(403, "invalid_token");
  });
  await user.click(confirm());
  await heading("The picture is not deleted.");
  expect(screen.getByText(/^This delete link is not valid/)).toBeDefined();
  expect(screen.queryByRole("button")).toBeNull();
});

test("a token that is known to be invalid asks no question", async () => {
  open(
    "#forged",
    async () => {},
    async () => {
      throw new ApiError(403, "invalid_token");
    },
  );
  await heading("The picture is not deleted.");
  expect(screen.queryByRole("button")).toBeNull();
});

test("a picture that can't be shown can still be deleted", async () => {
  const removed: string[] = [];
  const user = open("#token", async (token) => void removed.push(token));
  fireEvent.error(await screen.findByRole("img"));
  expect(screen.getByText(/^The picture can’t be shown/)).toBeDefined();
  await user.click(confirm());
  await heading("The picture is deleted.");
  expect(removed).toEqual(["token"]);
});

test("a temporary failure can be tried again", async () => {
  let down = true;
  const user = open("#token", async () => {
    if (down) throw new ApiError(503, "store_unavailable");
  });
  await user.click(confirm());
  await heading("The picture is not deleted.");
  down = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await heading("The picture is deleted.");
});

test("a link without its token is incomplete until the address is corrected", async () => {
  open("", async () => {});
  await heading("This delete link is incomplete.");
  expect(screen.queryByRole("button")).toBeNull();
  location.hash = "#token";
  await waitFor(() => expect(confirm()).toBeDefined());
});
