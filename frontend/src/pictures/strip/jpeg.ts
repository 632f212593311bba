import { ascii, BrokenPicture, Bytes, concatenate, NotShown, type Parts } from "../bytes";
import { add, behind, orientationOnly, readExif, readXmp, type Trace } from "../traces";
import { isOfGainMap } from "./gainmap";
import { endOfData, isFrame, isScan, type Segment } from "./scan";

// JPEG: ITU T.81 (B.1.1, B.2), EXIF 2.32 (4.5.4), and libjpeg's ways where a file breaks these rules

/** Segments that the picture needs, besides some application data: frames, codes, scans, tables, restart intervals. */
const NEEDED = new Set([0xc0, 0xc1, 0xc2, 0xc4, 0xda, 0xdb, 0xdd]);
/** Segments that browsers skip: arithmetic codes, and a number of lines. */
const PASSED_OVER = new Set([0xcc, 0xdc]);
/** Markers without a segment, which browsers skip too: TEM, and the restarts of a scan. */
const isBare = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
const START = 0xd8;
const END = 0xd9;

/** Pixels; browsers show no JPEG that is wider or higher (libjpeg's limit). */
const MAX_SIDE = 65_500;

export function jpeg(file: Bytes, traces: Set<Trace>): Parts {
  const { segments, end } = read(file, traces);
  const head: Parts = [file.slice(0, 2).data];
  const parts: Parts = [];
  const blocks: Bytes[] = [];
  let orientation: number | undefined;
  let scanned = false;
  for (const segment of segments) {
    const { marker, body } = segment;
    scanned ||= isScan(marker);
    if (NEEDED.has(marker)) {
      parts.push(file.data.subarray(segment.start, segment.end));
    } else if (marker === 0xe1 && body.startsWith("Exif\0")) {
      const block = body.slice(Math.min(6, body.length));
      // Browsers use the first EXIF segment before the scan that has a body.
      if (!scanned && block.length > 0) orientation ??= readExif(block).orientation;
      blocks.push(block);
    } else if (!scanned && marker === 0xe0 && isJfif(body)) {
      // Its last two bytes are the size of a preview that follows.
      head.push(Uint8Array.of(0xff, 0xe0, 0, 16), body.slice(0, 12).data, Uint8Array.of(0, 0));
      if (body.length > 14) traces.add("preview");
    } else if (!scanned && marker === 0xe2 && body.startsWith("ICC_PROFILE\0")) {
      parts.push(file.data.subarray(segment.start, segment.end));
    } else if (!scanned && marker === 0xee && isAdobe(body)) {
      // It says what the colour channels mean: without it some pictures turn green.
      parts.push(Uint8Array.of(0xff, 0xee, 0, 14), body.slice(0, 12).data);
      if (body.length > 12) traces.add("other");
    } else {
      add(traces, told(marker, body));
    }
  }
  for (const block of joined(blocks)) add(traces, readExif(block).traces);
  if ((orientation ?? 1) !== 1) {
    const tiff = orientationOnly(orientation ?? 1);
    head.push(Uint8Array.of(0xff, 0xe1, 0, 8 + tiff.length), ascii("Exif\0\0"), tiff);
  }
  return [...head, ...parts, ...end];
}

interface Marker {
  marker: number;
  /** Where it starts, with all its 0xff, and where it ends. */
  start: number;
  at: number;
}

/** Read the segments of the picture, each scan with its data; and what it ends with. */
function read(file: Bytes, traces: Set<Trace>): { segments: Segment[]; end: Parts } {
  const segments: Segment[] = [];
  let [framed, last] = [false, -1];
  let next = nextMarker(file, 2, traces);
  while (next && !(next.marker === END && last >= 0)) {
    const segment = readSegment(file, next, framed, last >= 0);
    if (!segment) break;
    framed ||= isFrame(segment.marker);
    if (isScan(segment.marker)) last = segments.length;
    segments.push(segment);
    next = nextMarker(file, segment.end, traces);
  }
  const scan = segments[last];
  if (!scan) throw new BrokenPicture("no scan");
  const end = next?.marker === END ? next : undefined;
  // Browsers show a truncated picture as far as it goes.
  if (!end) scan.end = endOfData(file, segments.slice(0, last + 1)) ?? scan.end;
  const rest = file.slice(end?.at ?? scan.end);
  behind(rest, traces);
  return {
    segments: segments.filter(({ marker }, index) => index <= last || !NEEDED.has(marker)),
    // With no marker behind the data Chromium leaves out the last rows, unless other bytes are there.
    end: end ? [file.data.subarray(end.start, end.at)] : rest.length > 0 ? [Uint8Array.of(0xff, END)] : [],
  };
}

/** Find the next marker as libjpeg does: it skips bytes before 0xff, and 0xff followed by zero. */
function nextMarker(file: Bytes, from: number, traces: Set<Trace>): Marker | undefined {
  const { data } = file;
  for (let at = from, start = data.indexOf(0xff, at); start >= 0; start = data.indexOf(0xff, at)) {
    at = start;
    while (data[at] === 0xff) at++;
    const marker = data[at++];
    if (marker === undefined) return undefined;
    if (marker === 0 || isBare(marker)) continue;
    if (data.subarray(from, start).some((byte) => byte !== 0)) traces.add("other");
    return { marker, start, at };
  }
  return undefined;
}

/** Read a segment; undefined for one after the scans that does not belong to the picture. */
function readSegment(
  file: Bytes,
  { marker, start, at }: Marker,
  framed: boolean,
  scanned: boolean,
): Segment | undefined {
  if (!isKnown(marker) || (isFrame(marker) && framed) || (isScan(marker) && !framed)) {
    if (!scanned) throw new NotShown(`marker ${marker}`);
    return undefined;
  }
  const length = at + 2 <= file.length ? file.unsigned(at, 2) : 0;
  if (length < 2 || at + length > file.length) {
    if (!scanned) throw new BrokenPicture("segment too short or too long");
    return undefined;
  }
  const body = file.slice(at + 2, at + length);
  if (isFrame(marker)) refuseNotShown(body);
  const data = at + length;
  return { marker, body, start, data, end: isScan(marker) ? endOfScan(file, data) : data };
}

/** Refuse a frame that no browser shows: the API has the same rules. */
function refuseNotShown(frame: Bytes): void {
  const [height, width, components] = [frame.unsigned(1, 2), frame.unsigned(3, 2), frame.unsigned(5, 1)];
  const sides = width > 0 && height > 0 && Math.max(width, height) <= MAX_SIDE;
  const sampling = Array.from({ length: components }, (_, index) => frame.unsigned(7 + 3 * index, 1));
  const sampled = sampling
    .flatMap((both) => [both >> 4, both & 15])
    .every((factor) => factor >= 1 && factor <= 4);
  const whole = [1, 3, 4].includes(components) && frame.length === 6 + 3 * components;
  if (frame.unsigned(0, 1) !== 8 || !sides || !sampled || !whole) throw new NotShown("frame");
}

function isKnown(marker: number): boolean {
  // APP0 to APP15, and comments.
  const isApplication = (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;
  return isApplication || NEEDED.has(marker) || PASSED_OVER.has(marker);
}

// Browsers ignore shorter ones.
const isJfif = (body: Bytes) => body.startsWith("JFIF\0") && body.length >= 14;
const isAdobe = (body: Bytes) => body.startsWith("Adobe") && body.length >= 12;

function told(marker: number, body: Bytes): Iterable<Trace> {
  if (isOfGainMap(marker, body)) return [];
  if (marker === 0xfe) return ["text"];
  if (marker === 0xe1 && body.startsWith("http://ns.adobe.com/")) return readXmp(body);
  if (marker === 0xed && body.startsWith("Photoshop")) return ["text"];
  return [marker === 0xe0 && body.startsWith("JFXX") ? "preview" : "other"];
}

/** Join blocks longer than 64 KiB, which span several segments: only the first starts with a TIFF header. */
function joined(blocks: readonly Bytes[]): Bytes[] {
  const whole: Uint8Array[][] = [];
  for (const block of blocks) {
    const last = whole.at(-1);
    if (last && !block.startsWith("II") && !block.startsWith("MM")) last.push(block.data);
    else whole.push([block.data]);
  }
  return whole.map((parts) => new Bytes(concatenate(parts)));
}

/**
 * Return the position of the marker after a scan's data. Inside the data, 0xff is followed by 0, by a restart marker
 * or, in damaged data, by something that is not a marker; decoders continue at the next restart.
 */
function endOfScan(file: Bytes, start: number): number {
  const { data } = file;
  for (let at = data.indexOf(0xff, start); at >= 0 && at + 1 < data.length; at = data.indexOf(0xff, at + 1)) {
    const next = data[at + 1] as number;
    if (next === START || next === END || isKnown(next)) return at;
  }
  return data.length;
}
