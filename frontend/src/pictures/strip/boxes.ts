import { ascii, BrokenPicture, type Bytes, concatenate } from "../bytes";

// ISO 14496-12 (4.2): a file of boxes in boxes.

export interface Box {
  kind: string;
  /** Where it begins, where its content does, and where it ends. */
  at: number;
  start: number;
  end: number;
}

/** A limit on boxes, items and samples: pictures have fewer, but a file could claim millions. */
export const MOST = 100_000;

export function* boxes(file: Bytes, from: number, to: number): Generator<Box> {
  let at = from;
  for (let count = 0; at + 8 <= to; count++) {
    let size = file.unsigned(at, 4);
    const kind = file.text(at + 4, 4);
    let start = at + 8;
    if (size === 1) {
      size = file.long(at + 8, 8);
      start += 8;
    } else if (size === 0) {
      size = to - at;
    }
    if (at + size < start || at + size > to) throw new BrokenPicture("box too long or too short");
    if (count === MOST) throw new BrokenPicture("too many boxes");
    yield { kind, at, start, end: at + size };
    at += size;
  }
}

/** Return a function that counts the parts that are read, and refuses a file with too many. */
export function budget(): (parts: number) => void {
  let left = MOST;
  return (parts) => {
    left -= parts;
    if (left < 0) throw new BrokenPicture("too many parts");
  };
}

/** Return the first box of each kind: browsers ignore a second one. */
export function firstOfEach(file: Bytes, from: number, to: number): Map<string, Box> {
  const found = new Map<string, Box>();
  for (const box of boxes(file, from, to)) if (!found.has(box.kind)) found.set(box.kind, box);
  return found;
}

/** Return a function that reads the next number, of the given size in bytes, up to `end`. */
export function reader(file: Bytes, start: number, end: number): (size: number) => number {
  const within = file.slice(start, end);
  let at = 0;
  return (size) => {
    at += size;
    return within.long(at - size, size);
  };
}

/** Write numbers of so many bytes each, the highest first. A file with larger ones can't be written. */
export function numbers(size: 1 | 2 | 4 | 8, values: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) {
    const at = index * size;
    if (value >= 256 ** size) throw new BrokenPicture("number too large");
    if (size === 1) view.setUint8(at, value);
    else if (size === 2) view.setUint16(at, value);
    else if (size === 4) view.setUint32(at, value);
    else view.setBigUint64(at, BigInt(value));
  }
  return bytes;
}

export function box(kind: string, content: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = content.reduce((sum, part) => sum + part.length, 8);
  return concatenate([numbers(4, [length]), ascii(kind), ...content]);
}

/** Write a box with a version, and flags. */
export function fullBox(
  kind: string,
  version: number,
  flags: number,
  content: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  return box(kind, [numbers(4, [version * 2 ** 24 + flags]), ...content]);
}

/** Write a handler without its name, which tells the software that wrote the file. */
export function handler(kind: string): Uint8Array<ArrayBuffer> {
  return fullBox("hdlr", 0, 0, [new Uint8Array(4), ascii(kind), new Uint8Array(13)]);
}

/** A range of the file that is kept, and its position in the new file's data. */
export interface Extent {
  start: number;
  end: number;
  place: number;
}

/** Return the bytes that the extents cover, in the file's order and each once; and set each extent's place in them. */
export function lay(file: Bytes, extents: readonly Extent[]): Uint8Array<ArrayBuffer>[] {
  if (extents.length > MOST) throw new BrokenPicture("too many extents");
  const stretches: { start: number; end: number }[] = [];
  let length = 0;
  for (const extent of extents.toSorted((a, b) => a.start - b.start)) {
    const { start, end } = extent;
    if (end <= start || end > file.length) throw new BrokenPicture("extent outside of the file");
    const last = stretches.at(-1);
    if (last && start <= last.end) {
      extent.place = length - (last.end - start);
      length += Math.max(0, end - last.end);
      last.end = Math.max(last.end, end);
    } else {
      extent.place = length;
      length += end - start;
      stretches.push({ start, end });
    }
  }
  return stretches.map(({ start, end }) => file.data.subarray(start, end));
}

/** Whether boxes contain non-zero bytes that no extent covers. */
export function hides(file: Bytes, within: readonly Box[], extents: readonly Extent[]): boolean {
  const sorted = extents.toSorted((a, b) => a.start - b.start);
  let [next, covered] = [0, 0];
  const isBlank = (end: number) =>
    file.data.subarray(covered, Math.max(covered, end)).every((byte) => byte === 0);
  return within.some((box) => {
    covered = Math.max(covered, box.start);
    for (; next < sorted.length; next++) {
      const { start, end } = sorted[next] as Extent;
      if (start >= box.end) break;
      if (!isBlank(start)) return true;
      covered = Math.max(covered, end);
    }
    return !isBlank(box.end);
  });
}
