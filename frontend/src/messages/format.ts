const UNITS = ["B", "kB", "MB", "GB"];

/** Bytes for people, in the units that file managers show: "812 kB", "2.4 MB", "25 MB". */
export function formatBytes(
  bytes: number,
  number: Intl.NumberFormat,
  round: (n: number) => number = Math.round,
): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit >= 2 && value < 100 ? 1 : 0;
  const rounded = round(value * 10 ** digits) / 10 ** digits;
  return `${number.format(rounded)} ${UNITS[unit]}`;
}

/** What people call a content type; the same in every language. */
export function typeName(contentType: string): string {
  const subtype = contentType.replace(/^image\//, "");
  return subtype === "webp" ? "WebP" : subtype.toUpperCase();
}
