// @vitest-environment node
import { expect, test } from "vitest";
import type { Limits } from "../api/wire";
import { createLimits, DEFAULT_LIMITS } from "./limits";

const known: Limits = { ...DEFAULT_LIMITS, maxUploadBytes: 7 };

test("the server's limits replace the defaults", async () => {
  const limits = createLimits({ limits: async () => known });
  expect(limits.getState()).toEqual({ limits: DEFAULT_LIMITS, status: "loading" });
  await limits.load();
  expect(limits.getState()).toEqual({ limits: known, status: "known" });
});

test("while the server is out of reach, the defaults hold", async () => {
  let reachable = false;
  const limits = createLimits({
    limits: async () => {
      if (!reachable) throw new Error("down");
      return known;
    },
  });
  expect(await limits.settled()).toEqual(DEFAULT_LIMITS);
  expect(limits.getState().status).toBe("unknown");
  reachable = true;
  await limits.load();
  expect(await limits.settled()).toEqual(known);
});

test("two requests at once ask the server once", async () => {
  let asked = 0;
  const limits = createLimits({
    limits: async () => {
      asked++;
      return known;
    },
  });
  await Promise.all([limits.load(), limits.load(), limits.settled()]);
  expect(asked).toBe(1);
});

test("a field that an older server lacks keeps its default", async () => {
  const limits = createLimits({ limits: async () => ({ maxUploadBytes: 7 }) as Limits });
  await limits.load();
  expect(limits.getState().limits).toEqual(known);
});
