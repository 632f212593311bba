import { BrokenPicture, Bytes, concatenate } from "../bytes";
import { add, readExif, readXmp, type Trace } from "../traces";
import { type Box, boxes, budget, type Extent, firstOfEach, reader } from "./boxes";

// The items of a picture and their roles: ISO 14496-12 (8.11), ISO 23008-12 (6, 9, 10), AV1 Image File Format.

export interface Item {
  id: number;
  kind: string;
  hidden: boolean;
  extents: Extent[];
  /** Properties by their numbers, from 1; a reader must understand those that are `essential`. */
  properties: { index: number; essential: boolean }[];
}

interface Reference {
  kind: string;
  from: number;
  to: number[];
}

export interface Items {
  primary: number;
  items: Map<number, Item>;
  references: Reference[];
  properties: Box[];
  /** Groups of alternatives; the browser shows the first member that it can. */
  groups: { id: number; members: number[] }[];
}

/** The kinds of items that code a picture or derive it from others. */
const PICTURES = new Set(["av01", "grid", "iden", "iovl", "tmap", "sato"]);
/** Other forms of the same picture: with a gain map, or with more bits. */
const FORMS = new Set(["tmap", "sato"]);
/** Properties that change how a picture is shown. */
export const PROPERTIES = new Set(
  ["ispe", "pixi", "av1C", "colr", "irot", "imir", "clap", "pasp", "auxC", "a1op", "a1lx", "lsel"].concat([
    "clli",
    "mdcv",
    "cclv",
    "amve",
    "ndwt",
    "reve",
  ]),
);
const ALPHA = /^.{4}urn:(mpeg:mpegB:cicp:systems:auxiliary:alpha|mpeg:hevc:2015:auxid:1)\0/s;
const TOLD_BY: Record<string, Trace> = { udes: "text", altt: "text", crtt: "date", mdft: "date" };

/** What Apple calls a gain map. */
const GAIN_MAP = /hdrgainmap/i;

export function isAlpha(file: Bytes, auxiliary: Box): boolean {
  return ALPHA.test(head(file, auxiliary));
}

/** Return the start of a box: enough for the name of any type. */
function head(file: Bytes, { start, end }: Box): string {
  return file.text(start, Math.min(end - start, 64));
}

export function readItems(file: Bytes, meta: Box): Items {
  const inner = firstOfEach(file, meta.start + 4, meta.end);
  const [pitm, iinf, iloc, iref] = ["pitm", "iinf", "iloc", "iref"].map((kind) => inner.get(kind));
  const iprp = inner.get("iprp");
  const grpl = inner.get("grpl");
  const described = iprp ? firstOfEach(file, iprp.start, iprp.end) : new Map<string, Box>();
  const [ipco, ipma] = [described.get("ipco"), described.get("ipma")];
  const items = iinf ? readEntries(file, iinf) : new Map<number, Item>();
  const spend = budget();
  if (iloc) readExtents(file, iloc, inner.get("idat"), items, spend);
  if (ipma) readAssociations(file, ipma, items, spend);
  return {
    primary: pitm ? file.unsigned(pitm.start + 4, file.unsigned(pitm.start, 1) === 0 ? 2 : 4) : 0,
    items,
    references: iref ? readReferences(file, iref, spend) : [],
    properties: ipco ? [...boxes(file, ipco.start, ipco.end)] : [],
    groups: grpl ? readGroups(file, grpl, spend) : [],
  };
}

function readEntries(file: Bytes, iinf: Box): Map<number, Item> {
  const items = new Map<number, Item>();
  const header = file.unsigned(iinf.start, 1) === 0 ? 6 : 8;
  for (const { kind, start, end } of boxes(file, iinf.start + header, iinf.end)) {
    if (kind !== "infe") continue;
    const entry = file.slice(start, end);
    const version = entry.unsigned(0, 1);
    const idSize = version < 3 ? 2 : 4;
    const id = entry.unsigned(4, idSize);
    // Entries of the first versions have no kind, only a MIME type.
    const named = version < 2 ? "mime" : entry.text(4 + idSize + 2, 4);
    const hidden = (entry.unsigned(3, 1) & 1) !== 0;
    if (!items.has(id)) items.set(id, { id, kind: named, hidden, extents: [], properties: [] });
  }
  return items;
}

type Spend = (parts: number) => void;

function readExtents(
  file: Bytes,
  iloc: Box,
  idat: Box | undefined,
  items: Map<number, Item>,
  spend: Spend,
): void {
  const take = reader(file, iloc.start, iloc.end);
  const version = take(1);
  take(3);
  const [offsetAndLength, baseAndIndex] = [take(1), take(1)];
  const [offsetSize, lengthSize] = [offsetAndLength >> 4, offsetAndLength & 15];
  const [baseSize, indexSize] = [baseAndIndex >> 4, version > 0 ? baseAndIndex & 15 : 0];
  const idSize = version < 2 ? 2 : 4;
  // An extent without a length takes no bytes, so a short file could claim any number of them.
  if (lengthSize === 0) throw new BrokenPicture("extents of no length");
  for (let count = take(idSize); count > 0; count--) {
    const item = items.get(take(idSize));
    const method = version > 0 ? take(2) & 15 : 0;
    take(2);
    const base = take(baseSize);
    for (let extents = take(2); extents > 0; extents--) {
      take(indexSize);
      const [offset, length] = [take(offsetSize), take(lengthSize)];
      spend(1);
      const [from, to] = method === 1 ? [idat?.start ?? 0, idat?.end ?? 0] : [0, file.length];
      const start = from + base + offset;
      // Browsers read no extents that are made of other items or have no length of their own.
      const readable = method < 2 && length > 0 && start + length <= to;
      item?.extents.push(
        readable ? { start, end: start + length, place: 0 } : { start: 0, end: 0, place: 0 },
      );
    }
  }
}

function readAssociations(file: Bytes, ipma: Box, items: Map<number, Item>, spend: Spend): void {
  const take = reader(file, ipma.start, ipma.end);
  const [idSize, indexSize] = [take(1) === 0 ? 2 : 4, take(3) & 1 ? 2 : 1];
  const essential = indexSize === 2 ? 0x8000 : 0x80;
  for (let count = take(4); count > 0; count--) {
    const properties = items.get(take(idSize))?.properties;
    const first = properties?.length === 0;
    for (let left = take(1); left > 0; left--) {
      const number = take(indexSize);
      spend(1);
      if (first) properties.push({ index: number % essential, essential: number >= essential });
    }
  }
}

function readReferences(file: Bytes, iref: Box, spend: Spend): Reference[] {
  const idSize = file.unsigned(iref.start, 1) === 0 ? 2 : 4;
  return [...boxes(file, iref.start + 4, iref.end)].map(({ kind, start, end }) => {
    const take = reader(file, start, end);
    const [from, count] = [take(idSize), take(2)];
    spend(count);
    return { kind, from, to: Array.from({ length: count }, () => take(idSize)) };
  });
}

function readGroups(file: Bytes, grpl: Box, spend: Spend): Items["groups"] {
  const groups = [...boxes(file, grpl.start, grpl.end)].filter(({ kind }) => kind === "altr");
  return groups.map(({ start, end }) => {
    const take = reader(file, start + 4, end);
    const [id, count] = [take(4), take(4)];
    spend(count);
    return { id, members: Array.from({ length: count }, () => take(4)) };
  });
}

/** Return the picture, its other forms, and the items that these are made of. No other item is shown. */
export function shownItems(
  file: Bytes,
  { primary, items, references, properties, groups }: Items,
): Set<number> {
  const parts = new Map<number, number[]>();
  const alphas = properties.map((property) => property.kind === "auxC" && isAlpha(file, property));
  const link = (from: number, to: number) => {
    const known = parts.get(from);
    if (known) known.push(to);
    else parts.set(from, [to]);
  };
  for (const { kind, from, to } of references) {
    const isAlphaItem = kind === "auxl" && items.get(from)?.properties.some(({ index }) => alphas[index - 1]);
    for (const id of to) {
      if (kind === "dimg") link(from, id);
      else if (isAlphaItem) link(id, from);
    }
  }
  for (const { members } of groups) {
    if (!members.includes(primary)) continue;
    for (const id of members) if (FORMS.has(items.get(id)?.kind ?? "")) link(primary, id);
  }
  const shown = new Set<number>(items.has(primary) ? [primary] : []);
  for (const id of shown) {
    if (!PICTURES.has(items.get(id)?.kind ?? "")) throw new BrokenPicture("not AV1");
    for (const part of parts.get(id) ?? []) shown.add(part);
  }
  return shown;
}

/** Report the metadata in items that are not shown, and in properties that no picture needs. */
export function tellItems(file: Bytes, found: Items, shown: ReadonlySet<number>, traces: Set<Trace>): void {
  const auxiliary = new Set(found.references.filter(({ kind }) => kind === "auxl").map(({ from }) => from));
  for (const item of found.items.values()) {
    if (shown.has(item.id)) continue;
    if (item.kind === "Exif" || item.kind === "mime") add(traces, tell(file, item));
    else if (auxiliary.has(item.id)) traces.add(isGainMap(file, found, item) ? "hdr" : "other");
    else traces.add(item.kind === "uri " ? "other" : "preview");
  }
  for (const { kind } of found.properties) {
    if (!PROPERTIES.has(kind) && kind !== "free" && kind !== "skip") traces.add(TOLD_BY[kind] ?? "other");
  }
}

function isGainMap(file: Bytes, { properties }: Items, item: Item): boolean {
  return item.properties.some(({ index }) => {
    const property = properties[index - 1];
    return property?.kind === "auxC" && GAIN_MAP.test(head(file, property));
  });
}

function tell(file: Bytes, { kind, extents }: Item): Iterable<Trace> {
  const length = extents.reduce((sum, { start, end }) => sum + end - start, 0);
  // Extents may overlap, and together claim any length.
  if (length > file.length) return ["other"];
  const whole = new Bytes(concatenate(extents.map(({ start, end }) => file.data.subarray(start, end))));
  if (kind === "mime") return readXmp(whole);
  // The first four bytes say how many others come before the TIFF header.
  const start = whole.length >= 4 ? Math.min(4 + whole.unsigned(0, 4), whole.length) : 0;
  return readExif(whole.slice(start)).traces;
}
