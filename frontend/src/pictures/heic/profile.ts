import { ascii, Bytes, concatenate } from "../bytes";

/** Bytes of a profile in one segment of a JPEG (ICC.1:2022, B.4). */
const MOST_IN_SEGMENT = 65_519;
const HAS_PROFILE = 0x20;

/** Put an ICC profile into a JPEG or WebP that a canvas has made, in place of the canvas's own. */
export async function withProfile(
  drawn: Blob,
  profile: Uint8Array<ArrayBuffer>,
  { width, height }: { width: number; height: number },
): Promise<Blob> {
  const file = new Bytes(new Uint8Array(await drawn.arrayBuffer()));
  const parts =
    drawn.type === "image/jpeg" ? jpegWith(file, profile) : webpWith(file, profile, [width, height]);
  return new Blob(parts, { type: drawn.type });
}

function jpegWith(file: Bytes, profile: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const parts = [file.slice(0, 2).data];
  let at = 2;
  // JFIF must come first.
  for (; (file.unsigned(at, 2) & 0xfff0) === 0xffe0; at += 2 + file.unsigned(at + 2, 2)) {
    if (file.unsigned(at, 2) !== 0xffe2) parts.push(file.slice(at, at + 2 + file.unsigned(at + 2, 2)).data);
  }
  const count = Math.ceil(profile.length / MOST_IN_SEGMENT);
  for (let part = 0; part < count; part++) {
    const piece = profile.subarray(part * MOST_IN_SEGMENT, (part + 1) * MOST_IN_SEGMENT);
    const length = piece.length + 16;
    parts.push(Uint8Array.of(0xff, 0xe2, length >> 8, length & 0xff), ascii("ICC_PROFILE\0"));
    parts.push(Uint8Array.of(part + 1, count), piece);
  }
  return [...parts, file.slice(at).data];
}

/** RFC 9649 (2.7): the profile comes behind VP8X, which says that it is there. */
function webpWith(file: Bytes, profile: Uint8Array<ArrayBuffer>, size: number[]): Uint8Array<ArrayBuffer>[] {
  let header = ascii(`\0\0\0\0${size.map((side) => String.fromCharCode(...little(side - 1, 3))).join("")}`);
  const others: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 12; at + 8 <= file.length; ) {
    const length = file.unsigned(at + 4, 4, true);
    const end = at + 8 + length + (length % 2);
    if (file.startsWith("VP8X", at)) header = file.data.slice(at + 8, at + 18);
    else if (!file.startsWith("ICCP", at)) others.push(file.slice(at, end).data);
    at = end;
  }
  header[0] = (header[0] ?? 0) | HAS_PROFILE;
  const body = concatenate([ascii("WEBP"), ...chunk("VP8X", header), ...chunk("ICCP", profile), ...others]);
  return chunk("RIFF", body);
}

function chunk(kind: string, body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  return [ascii(kind), little(body.length, 4), body, new Uint8Array(body.length % 2)];
}

function little(value: number, size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, index) => (value >>> (8 * index)) & 0xff);
}
