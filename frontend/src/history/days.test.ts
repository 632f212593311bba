// @vitest-environment node
import { expect, test } from "vitest";
import type { KeptPicture } from "../device/database";
import { byDay } from "./days";

const at = (...local: [number, number, number, number, number]) => new Date(...local).getTime();
const taken = (...times: number[]) => times.map((publishedAt) => ({ publishedAt }) as KeptPicture);
const NOW = at(2026, 2, 29, 0, 30);

test("pictures are grouped by the days of this place, also where a day has 23 hours", () => {
  const days = byDay(
    taken(
      at(2026, 2, 29, 0, 10),
      at(2026, 2, 28, 23, 50),
      at(2026, 2, 28, 0, 0),
      at(2026, 2, 27, 12, 0),
      at(2025, 2, 27, 12, 0),
    ),
    NOW,
    "en",
  );
  expect(days.map(({ title, pictures }) => [title, pictures.length])).toEqual([
    ["Today", 1],
    ["Yesterday", 2],
    ["Friday, March 27, 2026", 1],
    ["Thursday, March 27, 2025", 1],
  ]);
  expect(new Set(days.map(({ key }) => key)).size).toBe(4);
});

test("a day to come, by a wrong clock, is shown by its date", () => {
  const [day] = byDay(taken(at(2030, 0, 2, 3, 4)), NOW, "en");
  expect(day?.title).toBe("Wednesday, January 2, 2030");
});

test.each([
  ["zh-CN", ["今天", "昨天"]],
  ["de", ["Heute", "Gestern"]],
  ["ar", ["اليوم", "أمس"]],
])("the words are those of %s", (language, titles) => {
  const days = byDay(taken(NOW, NOW - 60 * 60 * 1000), NOW, language);
  expect(days.map(({ title }) => title)).toEqual(titles);
});
