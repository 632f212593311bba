const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** The forms that a language has for a number; `other` serves where one of the rest is missing. `#` is the number. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** How one language, as it is written in one region, writes numbers, sizes, dates and lists. */
export function formatsOf(locale: string) {
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, { style: "percent" });
  const alternatives = new Intl.ListFormat(locale, { type: "disjunction" });
  const plurals = new Intl.PluralRules(locale);
  return {
    number: (n: number) => numbers.format(n),
    /** The form for a number: "1 link", "5 links". */
    plural: (n: number, forms: Plural) =>
      (forms[plurals.select(n)] ?? forms.other).replaceAll("#", numbers.format(n)),
    /** A fraction of 1. */
    percent: (fraction: number) => percents.format(fraction),
    bytes: (n: number) => formatBytes(n, locale),
    /** So that a file one byte too large is not "25 MB, more than 25 MB". */
    bytesRoundedUp: (n: number) => formatBytes(n, locale, Math.ceil),
    /** Any of some content types. */
    types: (contentTypes: readonly string[]) => alternatives.format(contentTypes.map(typeName)),
    date: (date: string) => new Date(date).toLocaleDateString(locale, { dateStyle: "medium" }),
    dateTime: (time: number) =>
      new Date(time).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" }),
  };
}

/** The region's way of writing that a reader of a language asks the browser for: "de" in Austria is "de-AT". */
export function regional(language: string): string {
  // The browser's list may hold what is no tag, such as "en-US@posix".
  const spoken = globalThis.navigator?.languages ?? [];
  return spoken.find((tag) => tag.startsWith(`${language}-`) && /^[a-z\d-]+$/i.test(tag)) ?? language;
}

/** Keep text of another direction together in a sentence: a name, which may be of either direction. */
export const isolated = (text: string) => `\u2068${text}\u2069`;
/** The same for what always starts on the left: an address, "800 × 600". */
export const leftToRight = (text: string) => `\u2066${text}\u2069`;

/** Format bytes in the units that file managers show: "812 kB", "2.4 MB", "25 MB". */
export function formatBytes(
  bytes: number,
  locale: string,
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
  return bytesIn(locale, UNITS[unit] ?? "byte", digits).format(rounded);
}

/** Making one takes a hundred times as long as using it, and each row says how large its picture is. */
const formats = new Map<string, Intl.NumberFormat>();

function bytesIn(locale: string, unit: (typeof UNITS)[number], digits: number): Intl.NumberFormat {
  const key = [locale, unit, digits].join();
  // Few browsers have a short form of "byte", and none a plural of it.
  const unitDisplay = unit === "byte" ? "long" : "short";
  const format =
    formats.get(key) ??
    new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay, maximumFractionDigits: digits });
  formats.set(key, format);
  return format;
}

/** What people call a content type; the same in every language. */
export function typeName(contentType: string): string {
  const subtype = contentType.replace(/^image\//, "");
  return subtype === "webp" ? "WebP" : subtype.toUpperCase();
}
