import { BrokenPicture, type Bytes, latin1 } from "./bytes";

/** What metadata can tell of a person, in the words of the page. */
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

/** In the order in which they matter to a person. */
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
const GPS_IFD = 0x8825;
const GPS_VERSION = 0x0000;

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

/** What every file has, and what tells nothing: resolution, colour space, and the pointers themselves. */
const SILENT = new Set([
  ORIENTATION, EXIF_IFD, GPS_IFD, 0x0100, 0x0101, 0x011a, 0x011b, 0x0128, 0x0213, 0x9000, 0x9101, 0xa000, 0xa001,
  0xa002, 0xa003, 0xa005,
]); // biome-ignore format: a table

/** Read a TIFF block as EXIF has it. A broken one tells what it can; it is removed whole all the same. */
export function readExif(tiff: Bytes): Exif {
  const exif: Exif = { orientation: 1, traces: new Set() };
  try {
    const order = tiff.text(0, 2);
    if (order !== "II" && order !== "MM") throw new BrokenPicture("no TIFF header");
    const little = order === "II";
    const read = (at: number, size: 2 | 4) => tiff.unsigned(at, size, little);

    /** Yield each entry's tag and value (or where its value is), and return where the next directory is. */
    function* directory(at: number): Generator<[tag: number, value: number, entry: number], number> {
      const count = read(at, 2);
      for (let entry = at + 2; entry < at + 2 + 12 * count; entry += 12) {
        yield [read(entry, 2), read(entry + 8, 4), entry];
      }
      return read(at + 2 + 12 * count, 4);
    }

    const entries = directory(read(4, 4));
    let next = entries.next();
    for (; !next.done; next = entries.next()) {
      const [tag, value, entry] = next.value;
      name(tag);
      if (tag === ORIENTATION) {
        const orientation = read(entry + 8, 2);
        if (orientation >= 1 && orientation <= 8) exif.orientation = orientation;
      } else if (tag === EXIF_IFD) {
        for (const [inner] of directory(value)) name(inner);
      } else if (tag === GPS_IFD) {
        for (const [inner] of directory(value)) if (inner !== GPS_VERSION) exif.traces.add("location");
      }
    }
    if (next.value) exif.traces.add("preview");
  } catch (error) {
    if (!(error instanceof BrokenPicture)) throw error;
    exif.traces.add("other");
  }
  return exif;

  function name(tag: number): void {
    const trace = TAGS.get(tag);
    if (trace) exif.traces.add(trace);
    else if (!SILENT.has(tag)) exif.traces.add("other");
  }
}

/** The least TIFF block that says how a picture is turned. */
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
  [/dc:description|dc:title|dc:subject|photoshop:Headline|exif:UserComment/, "text"],
];

/** What an XMP packet tells. */
export function readXmp(packet: Bytes): Set<Trace> {
  const text = latin1(packet.data);
  const found = XMP.filter(([pattern]) => pattern.test(text)).map(([, trace]) => trace);
  return new Set(found.length > 0 ? found : (["other"] as const));
}

export function add(traces: Set<Trace>, found: Iterable<Trace>): void {
  for (const trace of found) traces.add(trace);
}

/** What hangs behind the end of a picture: zeros, more pictures (previews, depth maps), videos. */
export function behind(rest: Bytes, traces: Set<Trace>): void {
  if (rest.data.some((byte) => byte !== 0)) {
    if (rest.startsWith("\xff\xd8")) traces.add("preview");
    // A file of its own, as moving photographs have it.
    else traces.add(rest.startsWith("ftyp", 4) ? "video" : "other");
  }
}
