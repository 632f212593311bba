import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Later } from "./Later";

test("a part that fails says so, leaves the rest of the page, and can be tried again", async () => {
  let broken = true;
  const errors: unknown[] = [];
  function Part({ name }: { name: string }) {
    if (broken) throw new RangeError("too long");
    return <p>part {name}</p>;
  }
  const load = async () => Part;
  render(
    <>
      <p>rest</p>
      <Later load={load} props={{ name: "one" }} />
    </>,
    { onCaughtError: (error) => errors.push(error) },
  );
  expect((await screen.findByRole("alert")).textContent).toContain("could not be shown");
  expect(screen.getByText("rest")).toBeTruthy();
  expect(errors).toEqual([new RangeError("too long")]);
  broken = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("part one")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});
