import { BrokenPicture, type Bytes, latin1 } from "./bytes";

/** Kinds of metadata, as the page lists them. */
export type Trace =
  | "location"
  | "camera"
  | "date"
  | "author"
  | "text"
  | "video"
  | "sound"
  | "hdr"
  | "preview"
  | "other";

/** Most personal first. */
export const TRACES: readonly Trace[] = [
  "location",
  "camera",
  "date",
  "author",
  "text",
  "video",
  "sound",
  "hdr",
  "preview",
  "other",
];

export interface Exif {
  /** 1 to 8, as EXIF counts them. */
  orientation: number;
  traces: Set<Trace>;
}

const ORIENTATION = 0x0112;
const EXIF_IFD = 0x8769;
const SUB_IFDS = 0x014a;
const GPS_IFD = 0x8825;
const GPS_VERSION = 0x0000;
/** Types of a field's value. */
const [SHORT, LONG] = [3, 4];

/** Tags of EXIF 2.32 that say something a person can name; any other is "other". */
const TAGS: ReadonlyMap<number, Trace> = new Map<number, Trace>([
  ...[0x010f, 0x0110, 0x829a, 0x829d, 0x8827, 0x9204, 0x9207, 0x9209, 0x920a, 0x927c].map(camera),
  ...[0xa430, 0xa431, 0xa432, 0xa433, 0xa434, 0xa435, 0xc614, 0xc62f].map(camera),
  ...[0x0132, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012].map((tag): [number, Trace] => [tag, "date"]),
  ...[0x013b, 0x8298, 0x9c9d].map((tag): [number, Trace] => [tag, "author"]),
  ...[0x010e, 0x9286, 0x9c9b, 0x9c9c, 0x9c9e, 0x9c9f].map((tag): [number, Trace] => [tag, "text"]),
]);

function camera(tag: number): [number, Trace] {
  return [tag, "camera"];
}

/** Fields that tell nothing personal: resolution, colour space, and the pointers themselves. */
const SILENT = new Set([
  ORIENTATION, EXIF_IFD, GPS_IFD, 0x0100, 0x0101, 0x011a, 0x011b, 0x0128, 0x0213, 0x9000, 0x9101, 0xa000, 0xa001,
  0xa002, 0xa003, 0xa005,
]); // biome-ignore format: a table

/** Read an EXIF block (TIFF). A broken one is read as far as possible; all of it is removed in any case. */
export function readExif(tiff: Bytes): Exif {
  const traces = new Set<Trace>();
  try {
    for (const trace of readFields(tiff)) traces.add(trace);
  } catch (error) {
    if (!(error instanceof BrokenPicture)) throw error;
    traces.add("other");
  }
  return { orientation: orientationOf(tiff), traces };
}

/** The orientation, by the rule of browsers and of the API: the first valid field counts. */
function orientationOf(tiff: Bytes): number {
  const little = tiff.startsWith("II*\0");
  if (tiff.length < 8 || !(little || tiff.startsWith("MM\0*"))) return 1;
  const read = (at: number, size: 2 | 4) => tiff.unsigned(at, size, little);
  // Browsers follow the first pointer to an Exif directory, and none inside it.
  let followed = false;

  function* orientations(start: number): Generator<number> {
    const count = start + 2 <= tiff.length ? read(start, 2) : 0;
    const end = Math.min(start + 2 + 12 * count, tiff.length - 11);
    for (let entry = start + 2; entry < end; entry += 12) {
      const [tag, type, values] = [read(entry, 2), read(entry + 2, 2), read(entry + 4, 4)];
      if (tag === ORIENTATION && type === SHORT && values === 1) {
        yield read(entry + 8, 2);
      } else if (tag === EXIF_IFD && type === LONG && values === 1 && !followed) {
        followed = true;
        yield* orientations(read(entry + 8, 4));
      }
    }
  }

  for (const each of orientations(read(4, 4))) if (each >= 1 && each <= 8) return each;
  return 1;
}

/** Yield what the fields tell, in every directory; as tolerant as exiftool. */
function* readFields(tiff: Bytes): Generator<Trace> {
  const little = tiff.startsWith("II");
  if (!little && !tiff.startsWith("MM")) throw new BrokenPicture("no TIFF header");
  const read = (at: number, size: 2 | 4) => tiff.unsigned(at, size, little);

  function* pointers(entry: number): Generator<number> {
    const size = read(entry + 2, 2) === SHORT ? 2 : 4;
    const count = Math.min(read(entry + 4, 4), 16);
    const start = size * count <= 4 ? entry + 8 : read(entry + 8, 4);
    for (let at = start; at < start + size * count; at += size) yield read(at, size);
  }

  const directories: [at: number, kind: "own" | "preview" | "GPS"][] = [[read(4, 4), "own"]];
  const seen = new Set<number>();
  let broken: unknown;
  for (let next = directories.shift(); next; next = directories.shift()) {
    const [at, kind] = next;
    // Circular or endless pointers are ignored.
    if (seen.has(at) || seen.size > 32) continue;
    seen.add(at);
    try {
      const count = read(at, 2);
      for (let entry = at + 2; entry < at + 2 + 12 * count; entry += 12) {
        const tag = read(entry, 2);
        if (kind === "GPS") {
          if (tag !== GPS_VERSION) yield "location";
          continue;
        }
        if (kind === "own") yield* told(tag);
        if (tag === GPS_IFD) for (const to of pointers(entry)) directories.push([to, "GPS"]);
        if (tag === EXIF_IFD || tag === SUB_IFDS)
          for (const to of pointers(entry)) directories.push([to, kind]);
      }
      const more = kind === "own" && at === read(4, 4) ? read(at + 2 + 12 * count, 4) : 0;
      if (more > 0) {
        yield "preview";
        directories.push([more, "preview"]);
      }
    } catch (error) {
      broken = error;
    }
  }
  if (broken) throw broken;
}

function* told(tag: number): Generator<Trace> {
  const trace = TAGS.get(tag);
  if (trace) yield trace;
  else if (!SILENT.has(tag)) yield "other";
}

/** Write the smallest TIFF block that states the orientation. */
export function orientationOnly(orientation: number): Uint8Array<ArrayBuffer> {
  // MM, 42, directory at 8; one entry: ORIENTATION, SHORT, 1 value; no next directory.
  // biome-ignore format: as in the file
  return Uint8Array.of(
    0x4d, 0x4d, 0, 42, 0, 0, 0, 8,
    0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0,
    0, 0, 0, 0,
  );
}

const XMP: readonly [RegExp, Trace][] = [
  [/GPS(Latitude|Longitude|Position)|:Location|:City|:Country/, "location"],
  [/(tiff:|exif:|exifEX:|aux:)(Make|Model|Lens|SerialNumber|ExposureTime|FNumber|ISO)/, "camera"],
  [/CreateDate|ModifyDate|DateCreated|DateTimeOriginal|DateTimeDigitized/, "date"],
  [/dc:creator|dc:rights|photoshop:Credit|xmpRights:/, "author"],
  [/GAudio:(Data|Mime)/, "sound"],
  [/xmpGImg:image|GImage:(Data|Mime)/, "preview"],
  [/dc:description|dc:title|dc:subject|photoshop:Headline|exif:UserComment/, "text"],
];

/** What an XMP packet tells. */
export function readXmp(packet: Bytes): Set<Trace> {
  const text = latin1(packet.data);
  const found = XMP.filter(([pattern]) => pattern.test(text)).map(([, trace]) => trace);
  return new Set(found.length > 0 ? found : (["other"] as const));
}

const F = 0x66;
/** The head of the box that an MP4 file starts with; the box has at most some dozens of bytes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a length of four bytes
const SHORT_FTYP = /^\0\0[\0-\x03][\0-\xff]ftyp$/;

export function add(traces: Set<Trace>, found: Iterable<Trace>): void {
  for (const trace of found) traces.add(trace);
}

/** Name the data after the end of a picture: zeros, more pictures (previews, depth maps), videos. */
export function behind(rest: Bytes, traces: Set<Trace>): void {
  if (!rest.data.some((byte) => byte !== 0)) return;
  if (rest.startsWith("\xff\xd8")) traces.add("preview");
  else if (!rest.startsWith("ftyp", 4)) traces.add("other");
  if (holdsMovie(rest)) traces.add("video");
}

/** Whether an MP4 file lies anywhere in it: motion photos append one, some makers behind a header or another picture. */
function holdsMovie({ data }: Bytes): boolean {
  for (let at = data.indexOf(F, 4); at >= 0; at = data.indexOf(F, at + 1)) {
    if (latin1(data.subarray(at - 4, at + 4)).match(SHORT_FTYP)) return true;
  }
  return false;
}
