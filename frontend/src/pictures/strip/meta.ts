import { ascii, type Bytes } from "../bytes";
import { box, fullBox, handler, numbers } from "./boxes";
import { type Item, type Items, PROPERTIES } from "./items";

// `meta` as it is written: ISO 14496-12 (8.11), ISO 23008-12 (9).

/** What a picture is made of, and its transparency. */
const REFERENCES = new Set(["dimg", "auxl", "prem"]);

/** Write a `meta` box with only the items that are shown; their data start at `data`. */
export function writeItems(
  file: Bytes,
  found: Items,
  shown: ReadonlySet<number>,
  data: number,
): Uint8Array<ArrayBuffer> {
  const items = [...found.items.values()].filter(({ id }) => shown.has(id));
  if (items.length === 0) return fullBox("meta", 0, 0, [handler("pict")]);
  const wide = items.some(({ id }) => id > 0xffff);
  const [idSize, version] = wide ? ([4, 1] as const) : ([2, 0] as const);
  const entries = items.map(({ id, kind, hidden }) =>
    fullBox("infe", 2 + version, Number(hidden), [
      numbers(idSize, [id]),
      numbers(2, [0]),
      ascii(`${kind}\0`),
    ]),
  );
  const places = items.flatMap(({ id, extents }) => [
    numbers(idSize, [id]),
    numbers(2, [...(wide ? [0] : []), 0, extents.length]),
    ...extents.map(({ start, end, place }) => numbers(4, [data + place, end - start])),
  ]);
  const references = writeReferences(found, shown, idSize);
  const groups = writeGroups(found, shown);
  return fullBox("meta", 0, 0, [
    handler("pict"),
    fullBox("pitm", version, 0, [numbers(idSize, [found.primary])]),
    fullBox("iloc", 2 * version, 0, [numbers(1, [0x44, 0]), numbers(idSize, [items.length]), ...places]),
    fullBox("iinf", version, 0, [numbers(idSize, [items.length]), ...entries]),
    ...(references.length > 0 ? [fullBox("iref", version, 0, references)] : []),
    writeProperties(file, found, items, idSize),
    ...(groups.length > 0 ? [box("grpl", groups)] : []),
  ]);
}

function writeReferences(
  { references }: Items,
  shown: ReadonlySet<number>,
  idSize: 2 | 4,
): Uint8Array<ArrayBuffer>[] {
  return references.flatMap(({ kind, from, to }) => {
    const kept = to.filter((id) => shown.has(id));
    if (!REFERENCES.has(kind) || !shown.has(from) || kept.length === 0) return [];
    return [box(kind, [numbers(idSize, [from]), numbers(2, [kept.length]), numbers(idSize, kept)])];
  });
}

function writeGroups({ groups }: Items, shown: ReadonlySet<number>): Uint8Array<ArrayBuffer>[] {
  return groups.flatMap(({ id, members }) => {
    const kept = members.filter((member) => shown.has(member));
    return kept.length < 2 ? [] : [fullBox("altr", 0, 0, [numbers(4, [id, kept.length, ...kept])])];
  });
}

function writeProperties(
  file: Bytes,
  { properties }: Items,
  items: readonly Item[],
  idSize: 2 | 4,
): Uint8Array<ArrayBuffer> {
  const used = new Set(items.flatMap((item) => item.properties.map(({ index }) => index)));
  const kept = properties.flatMap((property, index) =>
    used.has(index + 1) && PROPERTIES.has(property.kind) ? [{ property, index: index + 1 }] : [],
  );
  const numberOf = new Map(kept.map(({ index }, position) => [index, position + 1]));
  const [size, essentially] = kept.length > 0x7f ? ([2, 0x8000] as const) : ([1, 0x80] as const);
  const rows = items.flatMap((item) => {
    const own = item.properties.flatMap(({ index, essential }) => {
      const number = numberOf.get(index);
      return number ? [number + (essential ? essentially : 0)] : [];
    });
    return own.length > 0 ? [numbers(idSize, [item.id]), numbers(1, [own.length]), numbers(size, own)] : [];
  });
  return box("iprp", [
    box(
      "ipco",
      kept.map(({ property }) => file.data.subarray(property.at, property.end)),
    ),
    fullBox("ipma", idSize === 4 ? 1 : 0, size - 1, [numbers(4, [rows.length / 3]), ...rows]),
  ]);
}
