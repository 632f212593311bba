const UNITS = ["B", "kB", "MB", "GB"];

/** How one language writes numbers, sizes, dates and lists. */
export function formatsOf(locale: string) {
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, { style: "percent" });
  const alternatives = new Intl.ListFormat(locale, { type: "disjunction" });
  return {
    number: (n: number) => numbers.format(n),
    /** A fraction of 1. */
    percent: (fraction: number) => percents.format(fraction),
    bytes: (n: number) => formatBytes(n, numbers),
    /** So that a file one byte too large is not "25 MB, more than 25 MB". */
    bytesRoundedUp: (n: number) => formatBytes(n, numbers, Math.ceil),
    /** Any of some content types. */
    types: (contentTypes: readonly string[]) => alternatives.format(contentTypes.map(typeName)),
    date: (date: string) => new Date(date).toLocaleDateString(locale, { dateStyle: "medium" }),
    dateTime: (time: number) =>
      new Date(time).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" }),
  };
}

/** Format bytes in the units that file managers show: "812 kB", "2.4 MB", "25 MB". */
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
