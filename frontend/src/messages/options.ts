import type { Messages } from "./en";
import { part } from "./part";

/** What the options and their chips say; loaded with them. */
const en = ({ number, bytes, percent }: Messages) => ({
  metadata: "Remove location, camera and other hidden details",
  /** Said only where nothing makes the picture smaller. */
  metadataHint: "The picture itself stays exactly as it is; only HEIC photos are converted.",
  smallerHint: "A picture that is made smaller is saved anew, and keeps none of them in any case.",
  expiry: "Delete automatically",
  never: "Never",
  afterDays: (days: number) => (days === 1 ? "After 1 day" : `After ${days} days`),
  size: "Make smaller",
  original: "No, keep the original",
  longestSide: (pixels: number) => `To ${number(pixels)} pixels at most`,
  format: "Format",
  quality: "Quality",
  qualityOf: (quality: number) => percent(quality),
  /** How large a picture becomes with these options. */
  becomes: (name: string, before: number, after: number) => `${name}: ${bytes(before)} → ${bytes(after)}`,
  fromNowOn: "These hold for pictures that you add from now on.",
  chips: "Options in use",
  deletedAfter: (days: number) => (days === 1 ? "Deleted after 1 day" : `Deleted after ${number(days)} days`),
  noMoreThan: (pixels: number, format: string, quality: number) =>
    `At most ${number(pixels)} px, ${format} ${percent(quality)}`,
  metadataKept: "Metadata kept",
  /** A picture that is made smaller has none. */
  metadataKeptUnlessSmaller: "Metadata kept unless made smaller",
  turnOff: (option: string) => `Turn off: ${option}`,
  turnedOff: (option: string) => `Turned off: ${option}.`,
});

export type OptionsWords = ReturnType<typeof en>;
export const optionsWords = await part(en, {
  de: () => import("./de/options"),
  es: () => import("./es/options"),
  ar: () => import("./ar/options"),
  ja: () => import("./ja/options"),
  "zh-CN": () => import("./zh/options"),
});
