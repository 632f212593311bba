import type { KeptPicture } from "../device/database";

const DAY_MS = 24 * 60 * 60 * 1000;

export interface Day {
  /** Identifies the day. */
  key: string;
  /** "Today", "Yesterday", or the date. */
  title: string;
  pictures: readonly KeptPicture[];
}

/** Group pictures, which are in the order of their time, by the day of this place. `now` is the time of "today". */
export function byDay(pictures: readonly KeptPicture[], now: number, language: string): Day[] {
  const days: (Day & { pictures: KeptPicture[] })[] = [];
  for (const picture of pictures) {
    const key = String(dayOf(picture.publishedAt));
    const last = days.at(-1);
    if (last?.key === key) last.pictures.push(picture);
    else days.push({ key, title: titleOf(picture.publishedAt, now, language), pictures: [picture] });
  }
  return days;
}

function titleOf(time: number, now: number, language: string): string {
  const ago = dayOf(now) - dayOf(time);
  if (ago < 0 || ago > 1) return new Intl.DateTimeFormat(language, { dateStyle: "full" }).format(time);
  const title = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-ago, "day");
  return title.charAt(0).toLocaleUpperCase(language) + title.slice(1);
}

/** Count the days since 1970 at this place; a day is not always 24 hours long here. */
function dayOf(time: number): number {
  const date = new Date(time);
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS);
}
