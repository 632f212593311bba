// @vitest-environment node
import { expect, test } from "vitest";
import { createPace } from "./pace";

function clock() {
  let at = 0;
  return { now: () => at, forward: (ms: number) => (at += ms) };
}

test("a steady connection has a steady pace, from which the time left follows", () => {
  const { now, forward } = clock();
  const pace = createPace(now);
  expect(pace(0, 10_000)).toBeUndefined();
  forward(1_000);
  expect(pace(1_000, 10_000)).toBeUndefined();
  forward(1_000);
  expect(pace(2_000, 10_000)).toEqual({ bytesPerSecond: 1_000, secondsLeft: 8 });
});

test("the pace forgets what was long ago", () => {
  const { now, forward } = clock();
  const pace = createPace(now);
  pace(0, 1_000_000);
  for (let second = 1; second <= 60; second++) {
    forward(1_000);
    pace(second * 100, 1_000_000);
  }
  for (let second = 1; second <= 20; second++) {
    forward(1_000);
    pace(6_000 + second * 5_000, 1_000_000);
  }
  expect(pace(106_000, 1_000_000)?.bytesPerSecond).toBeCloseTo(5_000, -2);
});

test("a connection that stalls or starts again has no pace", () => {
  const { now, forward } = clock();
  const pace = createPace(now);
  pace(5_000, 10_000);
  forward(5_000);
  expect(pace(5_000, 10_000)).toBeUndefined();
  forward(1_000);
  expect(pace(0, 10_000)).toBeUndefined();
});

test("the figures stay long enough for people to read them", () => {
  const { now, forward } = clock();
  const pace = createPace(now);
  pace(0, 10_000);
  forward(2_000);
  const first = pace(2_000, 10_000);
  forward(100);
  expect(pace(3_000, 10_000)).toBe(first);
  forward(900);
  expect(pace(6_000, 10_000)).toEqual({ bytesPerSecond: 2_000, secondsLeft: 2 });
});
