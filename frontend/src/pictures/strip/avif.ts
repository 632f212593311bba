import { ascii, BrokenPicture, type Bytes, type Parts } from "../bytes";
import { add, type Trace } from "../traces";
import { type Box, box, boxes, hides, lay, numbers } from "./boxes";
import { readItems, shownItems, tellItems } from "./items";
import { writeItems } from "./meta";
import { readTracks, tellTracks, writeTracks } from "./tracks";

// AV1 Image File Format 1.2; ISO 14496-12, ISO 23008-12. Everything in it is found by its distance from the start, so
// the file is rewritten: the items and tracks that browsers show, the data these point to, and nothing else.

export function avif(file: Bytes, traces: Set<Trace>): Parts {
  const { brands, meta, moov, data, rest } = readFile(file);
  add(traces, rest);
  const items = meta && readItems(file, meta);
  const shown = items ? shownItems(file, items) : new Set<number>();
  const movie = moov && readTracks(file, moov);
  if (shown.size === 0 && !movie?.shown.length) throw new BrokenPicture("no picture");
  if (items) tellItems(file, items, shown, traces);
  if (movie) tellTracks(file, moov, movie, traces);

  const listed = [...(items?.items.values() ?? [])];
  const kept = listed.filter(({ id }) => shown.has(id)).flatMap(({ extents }) => extents);
  const samples = movie?.shown.flatMap(({ chunks }) => chunks) ?? [];
  const pixels = lay(file, [...kept, ...samples]);
  const known = [...listed, ...(movie?.others ?? [])].flatMap((each) =>
    "extents" in each ? each.extents : each.chunks,
  );
  if (hides(file, data, [...samples, ...known])) traces.add("other");

  const head = (start: number) => [
    box("ftyp", [ascii(brands[0] as string), new Uint8Array(4), ...brands.slice(1).map(ascii)]),
    ...(items ? [writeItems(file, items, shown, start)] : []),
    ...(movie ? [writeTracks(file, moov, movie, start)] : []),
  ];
  // The head has the same length wherever the data start.
  const start = length(head(0)) + 8;
  return [...head(start), numbers(4, [length(pixels) + 8]), ascii("mdat"), ...pixels];
}

function length(parts: Parts): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

interface Outermost {
  /** The major one first. */
  brands: string[];
  meta?: Box;
  moov?: Box;
  data: Box[];
  /** What the other boxes tell. */
  rest: Set<Trace>;
}

const BRANDS = /^(avi[fos]|mif[123]|msf1|miaf|MA1[AB]|iso\d|tmap)$/;
/** Each asks for the box without which browsers show nothing. */
const NEEDS = { avif: "meta", avis: "moov" } as const;
const TOLD_BY: Record<string, Trace> = { mpvd: "video", moov: "video", moof: "video", ftyp: "video" };

/** Read the outermost boxes until one is broken: browsers read no further than the boxes they need. */
function readFile(file: Bytes): Outermost {
  const read: Outermost = { brands: [], data: [], rest: new Set() };
  let at = 0;
  try {
    for (const found of boxes(file, 0, file.length)) {
      const { kind, start, end } = found;
      at = end;
      if (kind === "ftyp" && start === 8) read.brands = readBrands(file, found);
      else if (kind === "mdat") read.data.push(found);
      else if (kind === "meta" && !read.meta) read.meta = found;
      // In a file without this brand browsers show no track: it is the video of a moving photograph.
      else if (kind === "moov" && !read.moov && read.brands.includes("avis")) read.moov = found;
      else if (!/^(free|skip|\0{4})$/.test(kind) || !isBlank(file, start, end))
        read.rest.add(TOLD_BY[kind] ?? "other");
    }
  } catch (error) {
    if (!(error instanceof BrokenPicture)) throw error;
  }
  if (!isBlank(file, at)) read.rest.add("other");
  if (read.brands.length === 0) throw new BrokenPicture("no brand");
  for (const [brand, kind] of Object.entries(NEEDS)) {
    if (read.brands.includes(brand) && !read[kind]) throw new BrokenPicture("no picture");
  }
  return read;
}

function readBrands(file: Bytes, { start, end }: Box): string[] {
  const brands = [file.text(start, 4)];
  for (let at = start + 8; at + 4 <= end && at < 1024; at += 4) brands.push(file.text(at, 4));
  return brands.filter((brand, index) => index === 0 || BRANDS.test(brand));
}

function isBlank(file: Bytes, start: number, end = file.length): boolean {
  return file.data.subarray(start, end).every((byte) => byte === 0);
}
