import type { KeptPicture } from "../database";

/** Names what is wrong in a file that was to be imported; `entry` counts from 1. */
export class BadHistory extends Error {
  readonly entry: number | undefined;
  readonly field: string | undefined;

  constructor(entry?: number, field?: string) {
    super("not a history");
    this.entry = entry;
    this.field = field;
  }
}

/** Bytes; ten thousand pictures take about 8 MB. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const FORMAT = "image-host-history";

const text = (value: unknown) => typeof value === "string" && value.length > 0 && value.length <= 4096;
const count = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
const date = (value: unknown) => typeof value === "string" && !Number.isNaN(Date.parse(value));
/** Anything else would run, or open, something on this device when it is clicked. */
const address = (value: unknown) =>
  text(value) && /^https?:\/\//i.test(String(value)) && URL.canParse(String(value));

type Entry = Omit<KeptPicture, "thumbnail" | "publishedAt"> & { publishedAt: string };

const FIELDS: Record<keyof Entry, (value: unknown) => boolean> = {
  uploadId: text,
  name: (value) => value === "" || text(value),
  publishedAt: date,
  viewURL: address,
  deleteURL: address,
  deleteToken: text,
  filename: (value) => value === null || text(value),
  contentType: text,
  size: count,
  width: count,
  height: count,
  expiresAt: (value) => value === null || date(value),
};

/** The file that holds `pictures`; without their thumbnails, which can be made out again from the pictures. */
export function exportHistory(pictures: readonly KeptPicture[]): Blob {
  const entries = pictures.map(({ thumbnail: _, publishedAt, ...rest }) => ({
    ...rest,
    publishedAt: new Date(publishedAt).toISOString(),
  }));
  const content = JSON.stringify({ format: FORMAT, version: 1, pictures: entries }, null, 2);
  return new Blob([content], { type: "application/json" });
}

/**
 * Read what `exportHistory` wrote.
 *
 * @throws BadHistory where it is something else, or one of its entries is not whole.
 */
export async function importHistory(file: Blob): Promise<KeptPicture[]> {
  if (file.size > MAX_FILE_BYTES) throw new BadHistory();
  const read = parse(await file.text());
  if (read?.format !== FORMAT || !Array.isArray(read.pictures)) throw new BadHistory();
  return read.pictures.map((entry: Record<string, unknown> | null, index) => {
    const wrong = Object.entries(FIELDS).find(([field, isRight]) => !isRight(entry?.[field]));
    if (wrong) throw new BadHistory(index + 1, wrong[0]);
    // These fields and no others.
    const known = Object.fromEntries(
      Object.keys(FIELDS).map((field) => [field, entry?.[field]]),
    ) as unknown as Entry;
    return { ...known, publishedAt: Date.parse(known.publishedAt) };
  });
}

function parse(content: string): { format?: unknown; pictures?: unknown } | undefined {
  try {
    return JSON.parse(content) ?? undefined;
  } catch {
    return undefined;
  }
}
