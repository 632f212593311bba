// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { latin1 } from "../bytes";
import { coloursOf, tracesOf } from "./colours";
import { withProfile } from "./profile";

const photo = new Uint8Array(readFileSync("../tests/photographs/turned-display-p3.heic"));
const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

test("a photograph names its profile, and what else it tells", () => {
  const { profile, primaries, transfer } = coloursOf(photo);
  expect(latin1(profile?.subarray(36, 40) ?? new Uint8Array())).toBe("acsp");
  expect([primaries, transfer]).toEqual([undefined, undefined]);
  expect(tracesOf(photo)).toEqual(["location", "camera", "date", "preview", "other"]);
});

test("a profile for other than red, green and blue is left out", () => {
  const other = photo.slice();
  other.set([0x47, 0x52, 0x41, 0x59], latin1(photo).indexOf("RGB XYZ "));
  expect(coloursOf(other).profile).toBeUndefined();
});

test("cut off or changed anywhere, it is read as far as possible, and never throws", () => {
  const head = latin1(photo).indexOf("mdat");
  for (let length = 0; length <= head; length++) {
    const cut = photo.slice(0, length);
    expect(coloursOf(cut)).toBeDefined();
    expect(tracesOf(cut)).toBeDefined();
  }
  for (let at = 0; at < head; at++) {
    for (const value of [0, 0x7f, 0xff]) {
      const changed = photo.slice();
      changed[at] = value;
      expect(coloursOf(changed)).toBeDefined();
      expect(tracesOf(changed)).toBeDefined();
    }
  }
});

test("a profile of any length takes the place of the canvas's own in a JPEG", async () => {
  const drawn = "\xff\xd8\xff\xe0\0\x04ab\xff\xe2\0\x05own\xff\xdb\0\x02rest";
  const jpeg = new Blob([Uint8Array.from(drawn, (each) => each.charCodeAt(0))], { type: "image/jpeg" });
  const profile = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
  const made = latin1(await bytesOf(await withProfile(jpeg, profile, { width: 1, height: 1 })));
  const first = `\xff\xe2\xff\xffICC_PROFILE\0\x01\x02${latin1(profile.subarray(0, 65_519))}`;
  const second = `\xff\xe2\x11\x91ICC_PROFILE\0\x02\x02${latin1(profile.subarray(65_519))}`;
  expect(made).toBe(`\xff\xd8\xff\xe0\0\x04ab${first}${second}\xff\xdb\0\x02rest`);
});
