// @vitest-environment node
import { expect, test } from "vitest";
import { createServerClock } from "./serverClock";

test("the time is the server's, goes on by the monotonic clock, and is unknown before", () => {
  let elapsed = 5_000;
  const clock = createServerClock(() => elapsed);
  clock.hear(null);
  clock.hear("not a date");
  expect([clock.now(), clock.getState().known]).toEqual([undefined, false]);
  clock.hear("Wed, 02 Jan 2030 03:04:05 GMT");
  elapsed += 60_000;
  expect(new Date(clock.now() ?? 0).toISOString()).toBe("2030-01-02T03:05:05.000Z");
  // The next answer puts it right.
  clock.hear("Wed, 02 Jan 2030 04:00:00 GMT");
  expect(new Date(clock.now() ?? 0).toISOString()).toBe("2030-01-02T04:00:00.000Z");
});
