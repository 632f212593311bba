import type { KeptAlbum, KeptPicture } from "../device/database";
import type { HistoryWords } from "../messages/history";

/** What a field of an entry must be; `most` counts characters, or is the largest number. */
export type Rule = { form: "text" | "address" | "number"; most: number } | { form: "date" };

/** The first thing that is wrong in an entry; `entry` counts from 1, albums behind the pictures. */
export interface BadEntry {
  entry: number;
  field: string;
  rule: Rule;
}

export interface Imported {
  pictures: KeptPicture[];
  albums: KeptAlbum[];
  /** How many entries are invalid, and what is wrong with the first. */
  leftOut: number;
  first: BadEntry | undefined;
}

/** The whole file is refused: it is not a history, or too large to import at once. */
export class BadHistory extends Error {
  readonly tooLarge: boolean;

  constructor(tooLarge = false) {
    super(tooLarge ? "too large" : "not a history");
    this.tooLarge = tooLarge;
  }
}

/** Bytes; ten thousand pictures take about 8 MB. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;
export const MAX_ENTRIES = 100_000;
const FORMAT = "image-host-history";

type Entry = Omit<KeptPicture, "thumbnail" | "publishedAt"> & { publishedAt: string };
type AlbumEntry = Omit<KeptAlbum, "createdAt"> & { createdAt: string };

const text = (most: number): Rule => ({ form: "text", most });
const address: Rule = { form: "address", most: 2048 };
const number = (most: number): Rule => ({ form: "number", most });
const date: Rule = { form: "date" };

const PICTURE: Record<keyof Entry, Rule> = {
  uploadId: text(64),
  name: text(1024),
  publishedAt: date,
  viewURL: address,
  deleteURL: address,
  deleteToken: text(2048),
  filename: text(255),
  contentType: text(64),
  // The most that S3 takes in one PUT; the most that a PNG can say.
  size: number(5 * 1024 ** 3),
  width: number(2 ** 31 - 1),
  height: number(2 ** 31 - 1),
  expiresAt: date,
};
const ALBUM: Record<keyof AlbumEntry, Rule> = {
  albumId: text(64),
  albumURL: address,
  editToken: text(2048),
  title: text(1024),
  cover: address,
  count: number(100_000),
  createdAt: date,
  expiresAt: date,
};
const MAY_BE_NULL = new Set(["filename", "expiresAt"]);
const MAY_BE_EMPTY = new Set(["name", "title"]);

function isRight(field: string, value: unknown, rule: Rule): boolean {
  if (value === null) return MAY_BE_NULL.has(field);
  if (rule.form === "number")
    return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= rule.most;
  if (typeof value !== "string") return false;
  if (rule.form === "date") return value.length <= 64 && !Number.isNaN(Date.parse(value));
  if (value.length > rule.most || (value === "" && !MAY_BE_EMPTY.has(field))) return false;
  // A link with another scheme could run or open something on this device when it is clicked.
  return rule.form === "text" || (/^https?:\/\//i.test(value) && URL.canParse(value));
}

/** Write pictures and albums to a file. Thumbnails are left out: they can be made again from the pictures. */
export function exportHistory(pictures: readonly KeptPicture[], albums: readonly KeptAlbum[] = []): Blob {
  const entries = pictures.map(({ thumbnail: _, publishedAt, ...rest }) => ({
    ...rest,
    publishedAt: new Date(publishedAt).toISOString(),
  }));
  const made = albums.map((album) => ({ ...album, createdAt: new Date(album.createdAt).toISOString() }));
  const content = JSON.stringify(
    { format: FORMAT, version: 1, pictures: entries, ...(made.length > 0 ? { albums: made } : {}) },
    null,
    2,
  );
  return new Blob([content], { type: "application/json" });
}

/**
 * Read what `exportHistory` wrote. Invalid entries are left out; the others are kept.
 *
 * @throws BadHistory if the file is something else, or too large.
 */
export async function importHistory(file: Blob): Promise<Imported> {
  if (file.size > MAX_FILE_BYTES) throw new BadHistory(true);
  const read = parse(await file.text());
  if (read?.format !== FORMAT || !Array.isArray(read.pictures)) throw new BadHistory();
  // Histories of older versions of this page have no albums.
  const albums = Array.isArray(read.albums) ? read.albums : [];
  if (read.pictures.length + albums.length > MAX_ENTRIES) throw new BadHistory(true);
  const imported: Imported = { pictures: [], albums: [], leftOut: 0, first: undefined };
  for (const entry of sound<Entry>(read.pictures, PICTURE, 0, imported))
    imported.pictures.push({ ...entry, publishedAt: Date.parse(entry.publishedAt) });
  for (const entry of sound<AlbumEntry>(albums, ALBUM, read.pictures.length, imported))
    imported.albums.push({ ...entry, createdAt: Date.parse(entry.createdAt) });
  return imported;
}

/** Yield the valid entries without unknown fields, and count the others; `before` is how many came before these. */
function* sound<T>(entries: unknown[], rules: Record<string, Rule>, before: number, imported: Imported) {
  for (const [index, entry] of entries.entries()) {
    const fields = (entry ?? {}) as Record<string, unknown>;
    const wrong = Object.entries(rules).find(([field, rule]) => !isRight(field, fields[field], rule));
    if (wrong) {
      imported.leftOut++;
      imported.first ??= { entry: before + index + 1, field: wrong[0], rule: wrong[1] };
    } else yield Object.fromEntries(Object.keys(rules).map((field) => [field, fields[field]])) as T;
  }
}

/** Say how many entries were left out, and what is wrong with the first of them. */
export function leftOutText(
  count: number,
  { entry, field, rule }: BadEntry,
  { leftOut, rules }: HistoryWords,
): string {
  return leftOut(count, entry, field, rule.form === "date" ? rules.date : rules[rule.form](rule.most));
}

function parse(content: string): { format?: unknown; pictures?: unknown; albums?: unknown } | undefined {
  try {
    return JSON.parse(content) ?? undefined;
  } catch {
    return undefined;
  }
}
