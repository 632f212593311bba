import { ascii, BrokenPicture, Bytes, latin1 } from "./bytes";
import { jpeg } from "./strip/jpeg";
import { png } from "./strip/png";
import { add, behind, orientationOnly, readExif, readXmp, TRACES, type Trace } from "./traces";

/** A picture in parts that stand one after the other; most are views of the original, so nothing is copied. */
export interface Stripped {
  parts: Uint8Array<ArrayBuffer>[];
  /** Whether they are another file than the original. */
  changed: boolean;
  /** What it told, most telling first. */
  removed: Trace[];
}

/**
 * Take out of a picture what says more than its pixels do: EXIF, GPS, XMP, IPTC, comments, previews, and whatever
 * hangs behind its end. The pixels stay as they are, byte for byte; so do the colour profile and the orientation.
 *
 * Only what is known to be needed to show the picture is kept, for nobody knows what else may be in there.
 *
 * @throws BrokenPicture where the file's structure can't be followed, so that nobody knows what is in it.
 * @throws NotShown where no browser shows such a picture.
 */
export function strip(data: Uint8Array<ArrayBuffer>, contentType: string): Stripped {
  const stripper = STRIPPERS[contentType];
  if (!stripper) throw new BrokenPicture(contentType);
  const traces = new Set<Trace>();
  const parts = stripper(new Bytes(data), traces);
  return { parts, changed: differ(parts, data), removed: TRACES.filter((trace) => traces.has(trace)) };
}

function differ(parts: Uint8Array<ArrayBuffer>[], data: Uint8Array<ArrayBuffer>): boolean {
  let at = 0;
  for (const part of parts) {
    const before = data.subarray(at, at + part.length);
    at += part.length;
    const moved = part.byteOffset !== before.byteOffset || part.length !== before.length;
    if (part.buffer === data.buffer ? moved : part.some((byte, index) => byte !== before[index])) return true;
  }
  return at !== data.length;
}

type Parts = Uint8Array<ArrayBuffer>[];

const STRIPPERS: Record<string, (file: Bytes, traces: Set<Trace>) => Parts> = {
  "image/jpeg": jpeg,
  "image/png": png,
  "image/gif": gif,
  "image/webp": webp,
  "image/avif": avif,
};

// GIF: GIF89a (15, 24, 26)

/** Loops, and colour profiles. */
const GIF_SHOWN = ["NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012"];

function gif(file: Bytes, traces: Set<Trace>): Parts {
  const colours = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const parts: Parts = [];
  let at = 13 + colours(file.unsigned(10, 1));
  parts.push(file.slice(0, at).data);
  while (at < file.length) {
    const start = at;
    const kind = file.unsigned(at, 1);
    if (kind === 0x3b) {
      parts.push(file.data.subarray(at, at + 1));
      if (at + 1 < file.length) behind(file.slice(at + 1), traces);
      break;
    }
    if (kind === 0x2c) {
      at = gifBlocks(file, at + 10 + colours(file.unsigned(at + 9, 1)) + 1);
    } else if (kind === 0x21) {
      const label = file.unsigned(at + 1, 1);
      const application = label === 0xff ? file.text(at + 3, file.unsigned(at + 2, 1)) : "";
      at = gifBlocks(file, at + 2);
      if (label === 0xfe || (label === 0xff && !GIF_SHOWN.includes(application))) {
        if (label === 0xfe) traces.add("text");
        else if (application === "XMP DataXMP") add(traces, readXmp(file.slice(start, at)));
        else traces.add("other");
        continue;
      }
    } else if (kind === 0) {
      // Some encoders end a block twice; what each browser makes of it is its own affair.
      at++;
    } else {
      throw new BrokenPicture("unknown block");
    }
    parts.push(file.data.subarray(start, at));
  }
  return parts;
}

function gifBlocks(file: Bytes, start: number): number {
  let at = start;
  // An animation that was cut off is shown as far as it goes.
  while (at < file.length) {
    const length = file.unsigned(at, 1);
    at += 1 + length;
    if (length === 0) break;
  }
  return Math.min(at, file.length);
}

// WebP: RFC 9649 (2.7)

const WEBP_SHOWN = new Set(["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"]);
const WEBP_HAS_EXIF = 0x08;
const WEBP_HAS_XMP = 0x04;

function webp(file: Bytes, traces: Set<Trace>): Parts {
  const end = Math.min(8 + file.unsigned(4, 4, true), file.length);
  if (end < file.length) behind(file.slice(end), traces);
  const chunks: Parts = [];
  let extended: Uint8Array<ArrayBuffer> | undefined;
  let orientation = 1;
  let at = 12;
  while (at + 8 <= end) {
    const kind = file.text(at, 4);
    const length = file.unsigned(at + 4, 4, true);
    const next = Math.min(at + 8 + length + (length % 2), end);
    const body = file.slice(at + 8, Math.min(at + 8 + length, end));
    if (kind === "VP8X") {
      extended = file.data.slice(at, next);
      chunks.push(extended);
    } else if (WEBP_SHOWN.has(kind)) {
      chunks.push(file.data.subarray(at, next));
    } else if (kind === "EXIF") {
      const exif = readExif(body.startsWith("Exif\0\0") ? body.slice(6) : body);
      orientation = exif.orientation;
      add(traces, exif.traces);
    } else {
      add(traces, kind === "XMP " ? readXmp(body) : ["other"]);
    }
    at = next;
  }
  if (extended) {
    if (extended.length < 18) throw new BrokenPicture("VP8X too short");
    let flags = extended[8] as number;
    flags &= ~(WEBP_HAS_EXIF | WEBP_HAS_XMP);
    if (orientation !== 1) {
      flags |= WEBP_HAS_EXIF;
      const tiff = orientationOnly(orientation);
      chunks.push(ascii("EXIF"), Uint8Array.of(tiff.length, 0, 0, 0), tiff);
    }
    extended[8] = flags;
  }
  const head = file.data.slice(0, 12);
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 4);
  new DataView(head.buffer).setUint32(4, size, true);
  return [head, ...chunks];
}

// AVIF: ISO 14496-12 (8.11), ISO 23008-12 (A.2.1). Everything in it is found by its distance from the start, so
// nothing is taken out: it is overwritten.

/** Bytes to overwrite, with what follows `become` filled up by `pad`. */
interface Change {
  start: number;
  end: number;
  become: Uint8Array;
  pad?: number;
}

const FREE = ascii("free");
const NOTHING = new Uint8Array();
/** An Exif item with a directory of no entries: some decoders refuse a picture whose Exif is none at all. */
const EMPTY_EXIF = Uint8Array.of(0, 0, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0);

interface Box {
  kind: string;
  /** Where its content begins and ends. */
  start: number;
  end: number;
  at: number;
}

function avif(file: Bytes, traces: Set<Trace>): Parts {
  const changes: Change[] = [];
  const erase = ({ at, start, end }: Box) => {
    changes.push({ start: at + 4, end: at + 8, become: FREE }, { start, end, become: NOTHING });
  };
  for (const box of boxes(file, 0, file.length)) {
    if (box.kind === "meta") changes.push(...avifItems(file, box, traces));
    if (box.kind === "uuid") traces.add("other");
    if (["uuid", "free", "skip", "udta"].includes(box.kind)) erase(box);
    if (box.kind === "moov") {
      for (const inner of descendants(file, box)) {
        if (inner.kind === "udta" || inner.kind === "uuid" || inner.kind === "meta") {
          traces.add("other");
          erase(inner);
        }
      }
    }
  }
  const parts: Parts = [];
  let at = 0;
  for (const { start, end } of merged(changes, file.length)) {
    const part = file.data.slice(start, end);
    for (const change of changes) {
      if (change.start < start || change.end > end) continue;
      part.fill(change.pad ?? 0, change.start - start, change.end - start);
      part.set(change.become.subarray(0, change.end - change.start), change.start - start);
    }
    parts.push(file.data.subarray(at, start), part);
    at = end;
  }
  parts.push(file.data.subarray(at));
  return parts;
}

/** Return the stretches that changes cover, in their order; of changes that overlap, the later one counts. */
function merged(changes: readonly Change[], length: number): { start: number; end: number }[] {
  const stretches: { start: number; end: number }[] = [];
  for (const { start, end } of changes.toSorted((a, b) => a.start - b.start)) {
    if (end < start || end > length) throw new BrokenPicture("item outside of the file");
    const last = stretches.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else stretches.push({ start, end });
  }
  return stretches;
}

function* boxes(file: Bytes, from: number, to: number): Generator<Box> {
  let at = from;
  while (at + 8 <= to) {
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
    yield { kind, at, start, end: at + size };
    at += size;
  }
}

function* descendants(file: Bytes, parent: Box): Generator<Box> {
  for (const box of boxes(file, parent.start, parent.end)) {
    yield box;
    if (["trak", "mdia", "minf"].includes(box.kind)) yield* descendants(file, box);
  }
}

/** Find the Exif and XMP items, read what they tell, and yield what has to be overwritten. */
function* avifItems(file: Bytes, meta: Box, traces: Set<Trace>): Generator<Change> {
  const inner = new Map([...boxes(file, meta.start + 4, meta.end)].map((box) => [box.kind, box]));
  const [iinf, iloc, idat] = [inner.get("iinf"), inner.get("iloc"), inner.get("idat")];
  if (!iinf || !iloc) return;
  const wanted = new Map<number, "Exif" | "mime">();
  const iinfHeader = file.unsigned(iinf.start, 1) === 0 ? 6 : 8;
  for (const { kind, start } of boxes(file, iinf.start + iinfHeader, iinf.end)) {
    const version = file.unsigned(start, 1);
    if (kind !== "infe" || version < 2) continue;
    const idSize = version === 2 ? 2 : 4;
    const type = file.text(start + 4 + idSize + 2, 4);
    if (type === "Exif" || type === "mime") wanted.set(file.unsigned(start + 4, idSize), type);
  }
  for (const { id, extents } of locations(file, iloc, idat)) {
    const type = wanted.get(id);
    if (!type) continue;
    const whole = new Bytes(
      Uint8Array.from(extents.flatMap(([start, end]) => [...file.slice(start, end).data])),
    );
    if (type === "Exif") {
      // Four bytes say how many more stand before the TIFF header.
      const start = whole.length >= 4 ? Math.min(4 + whole.unsigned(0, 4), whole.length) : 0;
      add(traces, readExif(whole.slice(start)).traces);
    } else if (/[^\s\0]/.test(latin1(whole.data))) {
      add(traces, readXmp(whole));
    }
    const [pad, become] = type === "Exif" ? [0, EMPTY_EXIF] : [0x20, NOTHING];
    for (const [index, [start, end]] of extents.entries()) {
      yield { start, end, pad, become: index === 0 ? become : NOTHING };
    }
  }
}

function* locations(
  file: Bytes,
  iloc: Box,
  idat: Box | undefined,
): Generator<{ id: number; extents: [start: number, end: number][] }> {
  let at = iloc.start;
  const take = (size: number) => {
    const number = file.long(at, size);
    at += size;
    return number;
  };
  const version = take(1);
  take(3);
  const [offsetAndLength, baseAndIndex] = [take(1), take(1)];
  const [offsetSize, lengthSize] = [offsetAndLength >> 4, offsetAndLength & 15];
  const [baseSize, indexSize] = [baseAndIndex >> 4, version > 0 ? baseAndIndex & 15 : 0];
  const idSize = version < 2 ? 2 : 4;
  const count = take(idSize);
  for (let item = 0; item < count; item++) {
    const id = take(idSize);
    const method = version > 0 ? take(2) & 15 : 0;
    take(2);
    const base = take(baseSize) + (method === 1 ? (idat?.start ?? 0) : 0);
    const extents: [number, number][] = [];
    const extentCount = take(2);
    for (let extent = 0; extent < extentCount; extent++) {
      take(indexSize);
      const start = base + take(offsetSize);
      const length = take(lengthSize);
      extents.push([start, length === 0 ? file.length : start + length]);
    }
    yield { id, extents };
  }
}
