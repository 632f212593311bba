import { BrokenPicture, type Bytes } from "../bytes";
import type { Trace } from "../traces";
import {
  type Box,
  box,
  boxes,
  type Extent,
  firstOfEach,
  fullBox,
  handler,
  MOST,
  numbers,
  reader,
} from "./boxes";
import { isAlpha, PROPERTIES, readItems, tellItems } from "./items";

// The tracks of a sequence: ISO 14496-12 (8.3 to 8.7, 12.1), ISO 23008-12 (7).

interface Track {
  box: Box;
  id: number;
  handler: string;
  /** The tracks whose transparency this one holds. */
  alphaOf: number[];
  chunks: Extent[];
}

export interface Movie {
  /** The track that is shown, its transparency, and all others. */
  shown: Track[];
  others: Track[];
}

/** The inner boxes that each box keeps. */
const KEPT: Record<string, readonly string[]> = {
  moov: ["mvhd", "trak"],
  trak: ["tkhd", "edts", "tref", "mdia"],
  edts: ["elst"],
  tref: ["auxl", "prem"],
  mdia: ["mdhd", "hdlr", "minf"],
  minf: ["vmhd", "dinf", "stbl"],
  stbl: ["stsd", "stts", "ctts", "stss", "stsc", "stsz", "stco", "co64"],
};
/** Boxes that are removed without a report: they say nothing personal. */
const SILENT = new Set(["free", "skip", "iods", "sdtp", "sgpd", "sbgp", "cslg"]);
/** Headers with dates, and their lengths in bytes; each is 12 longer if its times have 64 bits. */
const DATED: Record<string, number> = { mvhd: 100, tkhd: 84, mdhd: 24 };
/** Handlers of tracks that show something. */
const PICTURED = new Set(["pict", "vide", "auxv"]);
/** ISO 14496-12 (12.1.3): the length of a visual sample entry, and where in it the encoder's name is. */
const SAMPLE_ENTRY = 78;
const CODER = { start: 42, end: 74 };
const SAMPLE_PROPERTIES = new Set([...PROPERTIES, "ccst", "auxi"]);
/** A `dinf` box that says that the data are in this file. */
const HERE = box("dinf", [fullBox("dref", 0, 0, [numbers(4, [1]), fullBox("url ", 0, 1, [])])]);
const UNDETERMINED = 0x55c4;

export function readTracks(file: Bytes, moov: Box): Movie {
  const tracks = [...boxes(file, moov.start, moov.end)]
    .filter(({ kind }) => kind === "trak")
    .map((trak) => readTrack(file, trak));
  const colour = tracks.find((track) => isPicture(file, track) && track.alphaOf.length === 0);
  const alpha = colour && tracks.find((track) => isPicture(file, track) && track.alphaOf.includes(colour.id));
  const shown = tracks.filter((track) => track === colour || track === alpha);
  return { shown, others: tracks.filter((track) => !shown.includes(track)) };
}

function descend(file: Bytes, from: Box, ...kinds: readonly string[]): Box | undefined {
  let found: Box | undefined = from;
  for (const kind of kinds) found = found && firstOfEach(file, found.start, found.end).get(kind);
  return found;
}

function readTrack(file: Bytes, trak: Box): Track {
  const [tkhd, hdlr] = [descend(file, trak, "tkhd"), descend(file, trak, "mdia", "hdlr")];
  if (!tkhd || !hdlr) throw new BrokenPicture("track with no header");
  const auxl = descend(file, trak, "tref", "auxl");
  const take = auxl && reader(file, auxl.start, auxl.end);
  return {
    box: trak,
    id: file.unsigned(tkhd.start + (file.unsigned(tkhd.start, 1) === 1 ? 20 : 12), 4),
    handler: file.text(hdlr.start + 8, 4),
    alphaOf: auxl && take ? Array.from({ length: (auxl.end - auxl.start) >> 2 }, () => take(4)) : [],
    chunks: readChunks(file, trak),
  };
}

/** Say whether browsers may show a track: it holds pictures in AV1, or their transparency. */
function isPicture(file: Bytes, { box: trak, handler, chunks }: Track): boolean {
  const stsd = descend(file, trak, "mdia", "minf", "stbl", "stsd");
  if (!stsd || chunks.length === 0 || !PICTURED.has(handler)) return false;
  return [...boxes(file, stsd.start + 8, stsd.end)].every(({ kind, start, end }) => {
    const auxi = kind === "av01" && firstOfEach(file, start + SAMPLE_ENTRY, end).get("auxi");
    return kind === "av01" && (!auxi || isAlpha(file, auxi));
  });
}

/** Return where the samples of a track are: each chunk holds some, one after the other. */
function readChunks(file: Bytes, trak: Box): Extent[] {
  const stbl = descend(file, trak, "mdia", "minf", "stbl");
  const tables = stbl ? firstOfEach(file, stbl.start, stbl.end) : new Map<string, Box>();
  const [stsz, stsc] = [tables.get("stsz"), tables.get("stsc")];
  const offsets = tables.get("stco") ?? tables.get("co64");
  if (!stsz || !stsc || !offsets) return [];
  const chunkCount = file.unsigned(offsets.start + 4, 4);
  const [same, sampleCount] = [file.unsigned(stsz.start + 4, 4), file.unsigned(stsz.start + 8, 4)];
  if (chunkCount > MOST) throw new BrokenPicture("too many chunks");
  const perChunk = samplesPerChunk(file, stsc);
  const offset = reader(file, offsets.start + 8, offsets.end);
  const size = reader(file, stsz.start + 12, stsz.end);
  let left = sampleCount;
  const chunks: Extent[] = [];
  for (let chunk = 1; chunk <= chunkCount; chunk++) {
    const start = offset(offsets.kind === "stco" ? 4 : 8);
    const samples = Math.min(perChunk(chunk), left);
    left -= samples;
    let length = same * samples;
    for (let sample = 0; same === 0 && sample < samples; sample++) length += size(4);
    chunks.push({ start, end: start + length, place: 0 });
  }
  return chunks;
}

/** Return a function that says how many samples a chunk has; call it in order, because the table holds runs. */
function samplesPerChunk(file: Bytes, stsc: Box): (chunk: number) => number {
  const take = reader(file, stsc.start + 4, stsc.end);
  let runs = take(4);
  let samples = 0;
  let next = runs > 0 ? take(4) : Number.POSITIVE_INFINITY;
  return (chunk) => {
    while (chunk >= next) {
      samples = take(4);
      take(4);
      next = --runs > 0 ? take(4) : Number.POSITIVE_INFINITY;
    }
    return samples;
  };
}

/** Write a `moov` box with only the tracks that are shown, without dates; the data start at `data`. */
export function writeTracks(file: Bytes, moov: Box, { shown }: Movie, data: number): Uint8Array<ArrayBuffer> {
  const chunks = new Map(shown.map((track) => [track.box.at, track.chunks]));
  return copy(moov, []);

  function copy(from: Box, places: readonly Extent[]): Uint8Array<ArrayBuffer> {
    const { kind } = from;
    const kept = KEPT[kind];
    if (kept)
      return box(
        kind,
        children(from, kept).map((inner) => copy(inner, chunks.get(inner.at) ?? places)),
      );
    if (kind in DATED) return writeHeader(kind, file.slice(from.start, from.end));
    if (kind === "hdlr") return handler(file.text(from.start + 8, 4));
    if (kind === "dinf") return HERE;
    if (kind === "stsd") return writeEntries(file, from);
    if (kind === "stco" || kind === "co64") {
      const offsets = places.map(({ place }) => data + place);
      return fullBox(kind, 0, 0, [numbers(4, [places.length]), numbers(kind === "stco" ? 4 : 8, offsets)]);
    }
    return box(kind, [file.data.subarray(from.start, from.end)]);
  }

  function children(from: Box, kept: readonly string[]): Box[] {
    const first = firstOfEach(file, from.start, from.end);
    const found = [...first.values()].filter(({ kind }) => kind !== "trak" && kept.includes(kind));
    return from.kind === "moov" ? [...found, ...shown.map((track) => track.box)] : found;
  }
}

/** Return where a header has its two dates. ISO 14496-12 (8.2.2, 8.3.2, 8.4.2): each has 4 or 8 bytes. */
function dates(body: Uint8Array): [start: number, end: number] {
  return [4, body[0] === 1 ? 20 : 12];
}

function writeHeader(kind: string, header: Bytes): Uint8Array<ArrayBuffer> {
  const longer = header.unsigned(0, 1) === 1 ? 12 : 0;
  const body = header.slice(0, (DATED[kind] ?? 0) + longer).data.slice();
  body.fill(0, ...dates(body));
  // The language is the last field but one; both have two bytes.
  if (kind === "mdhd") body.set(numbers(2, [UNDETERMINED]), body.length - 4);
  return box(kind, [body]);
}

function writeEntries(file: Bytes, stsd: Box): Uint8Array<ArrayBuffer> {
  const entries = [...boxes(file, stsd.start + 8, stsd.end)].map(({ kind, start, end }) => {
    const fixed = file.slice(start, end).slice(0, SAMPLE_ENTRY).data.slice();
    fixed.fill(0, CODER.start, CODER.end);
    const kept = [...boxes(file, start + SAMPLE_ENTRY, end)].filter((inner) =>
      SAMPLE_PROPERTIES.has(inner.kind),
    );
    return box(kind, [fixed, ...kept.map((inner) => file.data.subarray(inner.at, inner.end))]);
  });
  return fullBox("stsd", 0, 0, [numbers(4, [entries.length]), ...entries]);
}

/** Report what is removed: sound, other pictures, dates. What is broken there is no reason to refuse the picture. */
export function tellTracks(file: Bytes, moov: Box, { shown, others }: Movie, traces: Set<Trace>): void {
  for (const { handler } of others) {
    traces.add(handler === "soun" ? "sound" : PICTURED.has(handler) ? "video" : "other");
  }
  try {
    look(moov);
  } catch (error) {
    if (!(error instanceof BrokenPicture)) throw error;
    traces.add("other");
  }

  function look(from: Box): void {
    for (const inner of boxes(file, from.start, from.end)) {
      const { kind, at, start, end } = inner;
      if (kind === "trak" && !shown.some((track) => track.box.at === at)) continue;
      if (kind === "meta") {
        tellItems(file, readItems(file, inner), new Set(), traces);
      } else if (!KEPT[from.kind]?.includes(kind)) {
        if (!SILENT.has(kind)) traces.add("other");
      } else if (KEPT[kind]) {
        look(inner);
      } else if (kind in DATED) {
        const body = file.data.subarray(start, end);
        if (body.subarray(...dates(body)).some((byte) => byte !== 0)) traces.add("date");
      }
    }
  }
}
