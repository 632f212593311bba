// @vitest-environment node
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { BrokenPicture, NotShown } from "../bytes";
import { strip } from "../metadata";

// tests/strip_cases.py makes the table. tests/unit/test_strip.py holds the server to it: both must make the same bytes.

interface Row {
  picture: string;
  type: string;
  /** The SHA-256 of what is left, or the name of the refusal. */
  outcome: string;
  data?: string;
}

const read = (name: string) => readFileSync(`../tests/${name}`);
const table = (name: string) => JSON.parse(read(`tables/${name}.json`).toString());
const rows: Row[] = table("strip");
const raster = new Map<string, Buffer>(
  table("raster").map(({ name, data }: { name: string; data: string }) => [name, inflated(data)]),
);
const files = { avif: table("avif"), gainmap: table("gainmap") };

function inflated(data: string): Buffer {
  return inflateSync(Buffer.from(data, "base64"));
}

function find({ picture, data }: Row): Uint8Array<ArrayBuffer> {
  if (data !== undefined) return Uint8Array.from(inflated(data));
  const [folder, name] = [picture.slice(0, picture.indexOf("/")), picture.slice(picture.indexOf("/") + 1)];
  if (folder === "raster") return Uint8Array.from(raster.get(name) as Buffer);
  if (folder === "avif" || folder === "gainmap") {
    return Uint8Array.from(Buffer.from(files[folder][name].file, "base64"));
  }
  return Uint8Array.from(read(picture));
}

function outcome(row: Row): string {
  try {
    const hash = createHash("sha256");
    for (const part of strip(find(row), row.type).parts) hash.update(part);
    return hash.digest("hex");
  } catch (error) {
    if (error instanceof BrokenPicture) return "BrokenPicture";
    if (error instanceof NotShown) return "NotShown";
    throw error;
  }
}

test("each picture becomes the bytes that the server makes of it, or is refused like there", () => {
  expect(rows.length).toBeGreaterThan(700);
  expect(rows.map((row) => [row.picture, outcome(row)])).toEqual(
    rows.map((row) => [row.picture, row.outcome]),
  );
});
