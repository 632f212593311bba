import { ascii, BrokenPicture, Bytes, concatenate, NotShown, type Parts } from "../bytes";
import { behind, type Trace } from "../traces";
import { numbers } from "./boxes";

// The HDR version of a JPEG: a second JPEG behind it, its gain map. CIPA DC-007 (MPF) says where it lies; Ultra HDR 1.1
// (XMP) and ISO 21496-1 (Annex C) say how it is applied. All of that is written anew with these numbers alone.

const XMP = "http://ns.adobe.com/xap/1.0/\0";
const MPF = "MPF\0";
const ISO = "urn:iso:std:iso:ts:21496:-1\0";
const HDRGM = "http://ns.adobe.com/hdr-gain-map/1.0/";

type Strip = (file: Bytes, traces: Set<Trace>) => Parts;

/** Strip a JPEG and, where it has one, its gain map; and name it where it can't be kept. */
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
  // Distances are counted from behind the marker, the length and the name.
  const start = sum(primary.slice(0, at)) + 4 + MPF.length;
  primary[at] = index(sum(primary), length, sum(primary) - start);
  return [...primary, ...gains];
}

/** Strip a gain map; undefined where it is no sound picture: then the picture itself may be all the same. */
function stripMap(map: Bytes, traces: Set<Trace>, strip: Strip): Parts | undefined {
  try {
    return strip(map, traces);
  } catch (error) {
    if (error instanceof BrokenPicture || error instanceof NotShown) return undefined;
    throw error;
  }
}

/** Whether a segment says of the gain map what is written anew, and nothing else. */
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
  /** Behind its end. */
  end: number;
  xmp: string;
  iso?: Bytes;
  /** The pictures behind it, as its index has them. */
  others: { start: number; end: number }[];
}

/** Read what a JPEG says of others; undefined where it is no plain one: then it is none that cameras write. */
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

/** Return where the marker behind a scan's data stands. */
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

/** More pictures than cameras put behind one; an index could name thousands. */
const MOST = 16;

/** Return the first of the pictures behind that says how it is applied. */
function findGainMap(file: Bytes, { end, others }: Picture): GainMap | undefined {
  for (const other of others.slice(0, MOST)) {
    // Else it is a part of the picture.
    const map = other.start >= end ? readPicture(file.slice(other.start, other.end)) : undefined;
    if (!map) continue;
    const parameters = [...xmpParameters(map.xmp), ...(map.iso ? isoParameters(map.iso) : [])];
    if (parameters.length > 0) return { ...other, parameters };
  }
  return undefined;
}

/** Whether it says that it has a gain map; Apple's own kind needs the maker's notes of the camera beside it. */
function promisesGainMap(file: Bytes, { xmp, iso, others }: Picture): boolean {
  const isApples = ({ start, end }: { start: number; end: number }) =>
    readPicture(file.slice(start, end))?.xmp.includes("hdrgainmap") === true;
  return xmp.includes(HDRGM) || iso !== undefined || others.slice(0, MOST).some(isApples);
}

// Parameters

/** Ultra HDR 1.1, "HDR gain map metadata": numbers, one for all channels or one for each. */
const NAMES = [
  "GainMapMin",
  "GainMapMax",
  "Gamma",
  "OffsetSDR",
  "OffsetHDR",
  "HDRCapacityMin",
  "HDRCapacityMax",
];
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

function xmpParameters(packet: string): Parts {
  const prefix = new RegExp(`xmlns:([\\w-]+)\\s*=\\s*["']${HDRGM}["']`).exec(packet)?.[1];
  if (!prefix) return [];
  const values = (name: string): string[] => {
    const attribute = new RegExp(`\\s${prefix}:${name}\\s*=\\s*(["'])(.*?)\\1`).exec(packet)?.[2];
    if (attribute !== undefined) return [attribute.trim()];
    const element = new RegExp(`<${prefix}:${name}\\s*>([^]*?)</${prefix}:${name}\\s*>`).exec(packet)?.[1];
    if (element === undefined) return [];
    const items = [...element.matchAll(/<rdf:li\s*>([^<]*)<\/rdf:li\s*>/g)].map(([, item]) =>
      (item as string).trim(),
    );
    return items.length > 0 ? items : [element.trim()];
  };
  const [version] = values("Version");
  if (!version || !NUMBER.test(version)) return [];
  const attributes = [`hdrgm:Version="${version}"`];
  const elements: string[] = [];
  for (const name of NAMES) {
    const found = values(name);
    if (!found.every((value) => NUMBER.test(value))) return [];
    if (found.length === 1) attributes.push(`hdrgm:${name}="${found[0]}"`);
    if (found.length === 3) {
      const items = found.map((value) => `<rdf:li>${value}</rdf:li>`).join("");
      elements.push(`<hdrgm:${name}><rdf:Seq>${items}</rdf:Seq></hdrgm:${name}>`);
    }
  }
  const [isHdr] = values("BaseRenditionIsHDR");
  if (isHdr && /^(true|false)$/i.test(isHdr)) attributes.push(`hdrgm:BaseRenditionIsHDR="${isHdr}"`);
  // The picture says only that there is one.
  if (attributes.length + elements.length === 1) return [];
  return [segment(0xe1, XMP, ascii(description("", attributes.join(" "), elements.join(""))))];
}

/** ISO 21496-1 (C.2.2): versions, flags, two headrooms, and for one channel or three five fractions each. */
function isoParameters(body: Bytes): Parts {
  if (body.length < 5) return [];
  const flags = body.unsigned(4, 1);
  const channels = flags & 0x80 ? 3 : 1;
  // With one denominator for all, else each with its own.
  const length = flags & 0x08 ? 5 + 4 + 2 * 4 + channels * 5 * 4 : 5 + 2 * 8 + channels * 5 * 8;
  return body.length < length ? [] : [segment(0xe2, ISO, body.slice(0, length).data)];
}

// Writing

function segment(marker: number, name: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatenate([
    numbers(1, [0xff, marker]),
    numbers(2, [2 + name.length + body.length]),
    ascii(name),
    body,
  ]);
}

function isXmp(part: Uint8Array<ArrayBuffer>): boolean {
  return new Bytes(part).startsWith(XMP, 4);
}

function isIndex(part: Uint8Array<ArrayBuffer>): boolean {
  return new Bytes(part).startsWith(MPF, 4);
}

/** Put segments into a JPEG, behind those of JFIF and EXIF, which programs look for in front. */
function insert(parts: Parts, segments: Parts): Parts {
  const isOther = (part: Uint8Array) => part[0] === 0xff && ![0xd8, 0xe0, 0xe1].includes(part[1] ?? 0);
  const at = parts.findIndex(isOther);
  return [...parts.slice(0, at), ...segments, ...parts.slice(at)];
}

function description(namespaces: string, attributes: string, elements: string): string {
  return (
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
    `<rdf:Description rdf:about="" xmlns:hdrgm="${HDRGM}"${namespaces} ${attributes}>${elements}</rdf:Description>` +
    "</rdf:RDF></x:xmpmeta>"
  );
}

/** Ultra HDR 1.1, "GContainer": which pictures there are. */
function directory(length: number): string {
  const google = "http://ns.google.com/photos/1.0/container/";
  const item = (attributes: string) =>
    `<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" ${attributes}/></rdf:li>`;
  return description(
    ` xmlns:Container="${google}" xmlns:Item="${google}item/"`,
    'hdrgm:Version="1.0"',
    `<Container:Directory><rdf:Seq>${item('Item:Semantic="Primary"')}` +
      `${item(`Item:Semantic="GainMap" Item:Length="${length}"`)}</rdf:Seq></Container:Directory>`,
  );
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
