import { BrokenPicture, Bytes } from "../bytes";
import { boxes } from "../strip/boxes";
import { type Items, readItems, tellItems } from "../strip/items";
import { TRACES, type Trace } from "../traces";

// HEIC: ISO 23008-12, in boxes of ISO 14496-12.

/** What the colours of a picture mean. */
export interface Colours {
  /** Its ICC profile. */
  profile: Uint8Array<ArrayBuffer> | undefined;
  /** ITU H.273: numbers of the primaries and of the transfer function; undefined where the file has none. */
  primaries: number | undefined;
  transfer: number | undefined;
}

/** The largest profile that fits into a JPEG. */
const MOST_PROFILE = 255 * 65_519;

/** Read what a HEIC file says of its colours: nothing, if it is broken. */
export function coloursOf(data: Uint8Array<ArrayBuffer>): Colours {
  const colours: Colours = { profile: undefined, primaries: undefined, transfer: undefined };
  tolerate(() => {
    const file = new Bytes(data);
    for (const { start, end } of coloursOfPrimary(file)) {
      const kind = file.text(start, 4);
      const profile = file.slice(start + 4, end);
      if (kind === "nclx") {
        colours.primaries ??= profile.unsigned(0, 2);
        colours.transfer ??= profile.unsigned(2, 2);
      } else if (
        /^(prof|rICC)$/.test(kind) &&
        profile.startsWith("RGB ", 16) &&
        profile.length < MOST_PROFILE
      ) {
        colours.profile ??= profile.data;
      }
    }
  });
  return colours;
}

/** What a HEIC file tells beyond its picture, most personal first; as much of it as can be read. */
export function tracesOf(data: Uint8Array<ArrayBuffer>): Trace[] {
  const traces = new Set<Trace>();
  tolerate(() => {
    const file = new Bytes(data);
    const items = itemsOf(file);
    // What codes the picture is no metadata, whichever codec it is for.
    const properties = items.properties.map((each) =>
      each.kind === "hvcC" ? { ...each, kind: "av1C" } : each,
    );
    tellItems(file, { ...items, properties }, shown(items), traces);
  });
  return TRACES.filter((trace) => traces.has(trace));
}

function tolerate(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof BrokenPicture)) throw error;
  }
}

function itemsOf(file: Bytes): Items {
  for (const box of boxes(file, 0, file.length)) if (box.kind === "meta") return readItems(file, box);
  throw new BrokenPicture("no items");
}

/** The primary item, and the tiles that it is made of. */
function shown({ primary, references }: Items): Set<number> {
  const tiles = references.filter(({ kind, from }) => kind === "dimg" && from === primary);
  return new Set([primary, ...tiles.flatMap(({ to }) => to)]);
}

/** The boxes that describe colours: those of the primary item first, then those of its tiles. */
function coloursOfPrimary(file: Bytes) {
  const items = itemsOf(file);
  return [...shown(items)].flatMap((id) =>
    (items.items.get(id)?.properties ?? []).flatMap(({ index }) => {
      const property = items.properties[index - 1];
      return property?.kind === "colr" ? [property] : [];
    }),
  );
}
