// @vitest-environment node
import { expect, test } from "vitest";
import type { KeptPicture } from "../device/database";
import { search } from "./search";

const named = (name: string, filename: string | null = null) => ({ name, filename }) as KeptPicture;
const pictures = [named("Été à la mer.jpg"), named("screenshot 12.png"), named("", "東京タワー.webp")];

test.each([
  ["", [0, 1, 2]],
  ["  ", [0, 1, 2]],
  ["ete", [0]],
  ["MER été", [0]],
  ["png 12", [1]],
  ["東京", [2]],
  ["12 東京", []],
  [".*", []],
])("%j finds %j", (query, found) => {
  expect(search(pictures, query)).toEqual(found.map((index) => pictures[index]));
});
