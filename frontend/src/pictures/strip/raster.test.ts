// @vitest-environment node
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { Bytes, concatenate, latin1, NotShown } from "../bytes";
import { strip } from "../metadata";
import { readExif } from "../traces";

/** What Chromium shows of JPEGs and PNGs that break rules; tests/unit/test_raster.py reads the same table. */
interface Row {
  name: string;
  type: string;
  /** 1 to 8; null if no browser shows the picture. */
  orientation: number | null;
  data: string;
}
const rows: Row[] = JSON.parse(readFileSync("../tests/tables/raster.json", "utf8"));
const unpack = ({ data }: Row) => new Uint8Array(inflateSync(Buffer.from(data, "base64")));
const shown = rows.filter(({ orientation }) => orientation !== null);

/** Return the orientation of a stripped picture: it has at most one block of EXIF, near its start. */
function turned(data: Uint8Array<ArrayBuffer>): number {
  const found = [...latin1(data).matchAll(/MM\0\*|II\*\0/g)];
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0] ? readExif(new Bytes(data.slice(found[0].index, found[0].index + 26))).orientation : 1;
}

test.each(shown)("$name stays turned as browsers show it, and keeps no secret", (row) => {
  const { parts, changed } = strip(unpack(row), row.type);
  const data = concatenate(parts);
  expect(turned(data)).toBe(row.orientation);
  expect(latin1(data)).not.toContain("secret");
  if (latin1(unpack(row)).includes("secret")) expect(changed).toBe(true);
  expect(strip(data, row.type)).toMatchObject({ removed: [], changed: false });
});

test.each(rows.filter(({ orientation }) => orientation === null))("$name is refused", (row) => {
  expect(() => strip(unpack(row), row.type)).toThrow(NotShown);
});
