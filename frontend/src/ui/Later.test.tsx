import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Later, loadAhead } from "./Later";

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

test("a part that was loaded ahead is there at once; one that could not be is loaded when it is needed", async () => {
  const Part = () => <p>part</p>;
  const load = async () => Part;
  loadAhead(load);
  await load();
  render(<Later load={load} props={{}} />);
  expect(screen.getByText("part")).toBeTruthy();

  let offline = true;
  const loadOnline = async () => {
    if (offline) throw new TypeError("no network");
    return () => <p>late part</p>;
  };
  loadAhead(loadOnline);
  await Promise.allSettled([loadOnline()]);
  offline = false;
  render(<Later load={loadOnline} props={{}} />);
  expect(screen.queryByText("late part")).toBeNull();
  expect(await screen.findByText("late part")).toBeTruthy();
});

test("a part that could not be loaded is tried again when the network is back", async () => {
  let offline = true;
  const load = async () => {
    if (offline) throw new TypeError("no network");
    return () => <p>part</p>;
  };
  render(<Later load={load} props={{}} />);
  await screen.findByRole("alert");
  offline = false;
  window.dispatchEvent(new Event("online"));
  expect(await screen.findByText("part")).toBeTruthy();
});
