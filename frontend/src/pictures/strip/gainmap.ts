import { ascii, BrokenPicture, Bytes, concatenate, NotShown, type Parts } from "../bytes";
import { behind, type Trace } from "../traces";
import { numbers } from "./boxes";
import { directory, HDRGM, ISO, isoParameters, segment, XMP, xmpParameters } from "./gainparameters";

// The HDR version of a JPEG: a second JPEG after it, its gain map. CIPA DC-007 (MPF) says where it is; Ultra HDR 1.1
// (XMP) and ISO 21496-1 (Annex C) say how it is applied. All of that is rewritten with these numbers only.

const MPF = "MPF\0";

type Strip = (file: Bytes, traces: Set<Trace>) => Parts;

/** Strip a JPEG and its gain map, if it has one; a gain map that can't be kept is named in `traces`. */
export function withGainMap(file: Bytes, traces: Set<Trace>, strip: Strip): Parts {
  const picture = readPicture(file);
  const map = picture && findGainMap(file, picture);
  if (!map) {
    if (picture && promisesGainMap(file, picture)) traces.add("hdr");
    return strip(file, traces);
  }
  const rest = file.slice(map.end);
  if (rest.length > 0) behind(rest, traces);
  const stripped = stripMap(file.slice(map.start, map.end), traces, strip);
  if (!stripped) {
    traces.add("hdr");
    return strip(file, traces);
  }
  const gains = insert(stripped, map.parameters);
  const length = sum(gains);
  const described = [
    ...(map.parameters.some((part) => isXmp(part)) ? [segment(0xe1, XMP, ascii(directory(length)))] : []),
    ...(picture.iso ? [segment(0xe2, ISO, picture.iso.slice(0, 4).data)] : []),
  ];
  const primary = insert(strip(file.slice(0, map.start), traces), [...described, index(0, 0, 0)]);
  const at = primary.findIndex((part) => isIndex(part));
  // Distances count from the position after the marker, the length and the name.
  const start = sum(primary.slice(0, at)) + 4 + MPF.length;
  primary[at] = index(sum(primary), length, sum(primary) - start);
  return [...primary, ...gains];
}

/** Whether the file has a gain map that browsers apply. */
export function hasGainMap(file: Bytes): boolean {
  const picture = readPicture(file);
  return picture !== undefined && findGainMap(file, picture) !== undefined;
}

/** Strip a gain map; undefined if it is broken, which does not mean that the picture itself is. */
function stripMap(map: Bytes, traces: Set<Trace>, strip: Strip): Parts | undefined {
  try {
    return strip(map, traces);
  } catch (error) {
    if (error instanceof BrokenPicture || error instanceof NotShown) return undefined;
    throw error;
  }
}

/** Whether a segment describes the gain map, which is rewritten, and nothing else. */
export function isOfGainMap(marker: number, body: Bytes): boolean {
  if (marker === 0xe1 && body.startsWith(XMP)) {
    const text = body.text(XMP.length, body.length - XMP.length);
    const prefixes = [...text.matchAll(/[<\s]([\w-]+):[\w-]+/g)].map(([, prefix]) => prefix);
    return (
      text.includes(HDRGM) &&
      prefixes.every((each) => /^(x|rdf|xmlns|hdrgm|Container|Item)$/.test(each as string))
    );
  }
  if (marker !== 0xe2) return false;
  return body.startsWith(ISO) || (body.startsWith(MPF) && readIndex(body)?.known === true);
}

function sum(parts: Parts): number {
  return parts.reduce((length, part) => length + part.length, 0);
}

// Reading

interface Picture {
  /** The position after its end. */
  end: number;
  xmp: string;
  iso?: Bytes;
  /** The pictures after it, as its index lists them. */
  others: { start: number; end: number }[];
}

/** Read what a JPEG says about other pictures; undefined if that is nothing, or in a structure that no camera writes. */
function readPicture(file: Bytes): Picture | undefined {
  const picture: Picture = { end: 0, xmp: "", others: [] };
  try {
    let at = 2;
    for (let scanned = false; ; ) {
      if (file.unsigned(at, 1) !== 0xff) return undefined;
      const marker = file.unsigned(at + 1, 1);
      if (marker === 0xd9) return { ...picture, end: at + 2 };
      const next = at + 2 + file.unsigned(at + 2, 2);
      const body = file.slice(at + 4, next);
      if (!scanned) readSegment(file, picture, marker, body, at + 4);
      // Only what comes before the pixels counts.
      if (marker === 0xda && !picture.xmp && !picture.iso && picture.others.length === 0) return undefined;
      scanned ||= marker === 0xda;
      at = marker === 0xda ? endOfScan(file, next) : next;
    }
  } catch (error) {
    if (!(error instanceof BrokenPicture)) throw error;
    return undefined;
  }
}

function readSegment(file: Bytes, picture: Picture, marker: number, body: Bytes, at: number): void {
  if (marker === 0xe1 && body.startsWith(XMP)) {
    picture.xmp ||= body.text(XMP.length, body.length - XMP.length);
  } else if (marker === 0xe2 && body.startsWith(ISO) && body.length >= ISO.length + 4) {
    picture.iso ??= body.slice(ISO.length);
  } else if (marker === 0xe2 && body.startsWith(MPF) && picture.others.length === 0) {
    picture.others = (readIndex(body)?.entries ?? [])
      .map(({ size, offset }) => ({ start: at + MPF.length + offset, end: at + MPF.length + offset + size }))
      .filter(({ start, end }) => end <= file.length && file.startsWith("\xff\xd8\xff", start));
  }
}

/** Return the position of the marker after a scan's data. */
function endOfScan(file: Bytes, start: number): number {
  for (let at = file.data.indexOf(0xff, start); at >= 0; at = file.data.indexOf(0xff, at + 1)) {
    const next = file.unsigned(at + 1, 1);
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  throw new BrokenPicture("no end");
}

interface Index {
  /** Of all pictures but the first. */
  entries: { size: number; offset: number }[];
  /** Whether it has no other fields. */
  known: boolean;
}

const [VERSION, COUNT, ENTRIES] = [0xb000, 0xb001, 0xb002];
const ENTRY = 16;

/** CIPA DC-007 (5.2): a directory as in TIFF, with an entry of 16 bytes for each picture. */
function readIndex(body: Bytes): Index | undefined {
  try {
    const tiff = body.slice(MPF.length);
    const little = tiff.startsWith("II*\0");
    if (!little && !tiff.startsWith("MM\0*")) return undefined;
    const read = (at: number, size: 2 | 4) => tiff.unsigned(at, size, little);
    const start = read(4, 4);
    const index: Index = { entries: [], known: true };
    for (let field = start + 2; field < start + 2 + 12 * read(start, 2); field += 12) {
      const [tag, length, value] = [read(field, 2), read(field + 4, 4), read(field + 8, 4)];
      if (tag !== ENTRIES) {
        index.known &&= tag === VERSION || tag === COUNT;
        continue;
      }
      const entries = tiff.slice(value, value + length);
      for (let at = ENTRY; at + ENTRY <= entries.length; at += ENTRY) {
        index.entries.push({
          size: entries.unsigned(at + 4, 4, little),
          offset: entries.unsigned(at + 8, 4, little),
        });
      }
    }
    return index;
  } catch (error) {
    if (!(error instanceof BrokenPicture)) throw error;
    return undefined;
  }
}

interface GainMap {
  start: number;
  end: number;
  /** The segments that say how it is applied. */
  parameters: Parts;
}

/** Cameras append fewer pictures; an index could claim thousands. */
const MOST = 16;

/** Return the first appended picture that says how it is applied. */
function findGainMap(file: Bytes, { end, others }: Picture): GainMap | undefined {
  for (const other of others.slice(0, MOST)) {
    // Anything before the end belongs to the picture itself.
    const map = other.start >= end ? readPicture(file.slice(other.start, other.end)) : undefined;
    if (!map) continue;
    const parameters = [...xmpParameters(map.xmp), ...(map.iso ? isoParameters(map.iso) : [])];
    if (parameters.length > 0) return { ...other, parameters };
  }
  return undefined;
}

/** Whether the picture claims a gain map. Apple's kind can't be kept: it needs the camera's maker notes. */
function promisesGainMap(file: Bytes, { xmp, iso, others }: Picture): boolean {
  const isApples = ({ start, end }: { start: number; end: number }) =>
    readPicture(file.slice(start, end))?.xmp.includes("hdrgainmap") === true;
  return xmp.includes(HDRGM) || iso !== undefined || others.slice(0, MOST).some(isApples);
}

// Writing

function isXmp(part: Uint8Array<ArrayBuffer>): boolean {
  return new Bytes(part).startsWith(XMP, 4);
}

function isIndex(part: Uint8Array<ArrayBuffer>): boolean {
  return new Bytes(part).startsWith(MPF, 4);
}

/** Insert segments into a JPEG after JFIF and EXIF, which programs expect first. */
function insert(parts: Parts, segments: Parts): Parts {
  const isOther = (part: Uint8Array) => part[0] === 0xff && ![0xd8, 0xe0, 0xe1].includes(part[1] ?? 0);
  const at = parts.findIndex(isOther);
  return [...parts.slice(0, at), ...segments, ...parts.slice(at)];
}

/** CIPA DC-007 (5.2): version 0100, two pictures, and of each what it is, how long it is and where. */
function index(primary: number, gains: number, distance: number): Uint8Array<ArrayBuffer> {
  const [UNDEFINED, LONG] = [7, 4];
  const field = (tag: number, type: number, count: number, value: Uint8Array) =>
    concatenate([numbers(2, [tag, type]), numbers(4, [count]), value]);
  const fields = [
    field(VERSION, UNDEFINED, 4, ascii("0100")),
    field(COUNT, LONG, 1, numbers(4, [2])),
    field(ENTRIES, UNDEFINED, 2 * ENTRY, numbers(4, [8 + 2 + 3 * 12 + 4])),
  ];
  const entries = numbers(4, [0x030000, primary, 0, 0, 0, gains, distance, 0]);
  const tiff = [
    ascii("MM\0*"),
    numbers(4, [8]),
    numbers(2, [fields.length]),
    ...fields,
    numbers(4, [0]),
    entries,
  ];
  return segment(0xe2, MPF, concatenate(tiff));
}
