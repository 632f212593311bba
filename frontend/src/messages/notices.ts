import type { Messages } from "./en";
import { part } from "./part";

/** What the page says of pictures that could be lost; loaded when there are any. */
const en = ({ number, pictures }: Messages) => ({
  lost: (n: number) => (n === 1 ? "1 picture was not sent" : `${pictures(n)} were not sent`),
  lostHint: "Their tab was closed before they had been uploaded.",
  /** No copy of the file was made in time. */
  gone: (n: number) =>
    n === 1
      ? "1 of them can’t be sent any more: choose it again."
      : `${number(n)} of them can’t be sent any more: choose them again.`,
  resume: (n: number) => `Upload ${pictures(n)}`,
  discard: "Discard",
  resumed: (n: number) => `${pictures(n)} added again.`,
  discarded: (n: number) => `${pictures(n)} discarded.`,
  unkept: "This browser keeps no history",
  unkeptHint: (n: number): string =>
    n === 1
      ? "Save the delete link: without it this picture can’t be deleted later."
      : "Save the delete links: without them these pictures can’t be deleted later.",
  /** Nothing is published yet. */
  unkeptAhead:
    "Its storage is full or blocked. Save the delete links that appear here once the pictures are uploaded.",
  copyLinks: (n: number): string => (n === 1 ? "Copy delete link" : "Copy delete links"),
  copied: (n: number): string => (n === 1 ? "Delete link" : "Delete links"),
  save: "Save as text",
  link: "Link",
  deleteLink: "Delete link",
  close: "Close",
});

export type NoticesWords = ReturnType<typeof en>;
export const noticesWords = await part(en, {
  de: () => import("./de/notices"),
  es: () => import("./es/notices"),
  ar: () => import("./ar/notices"),
  ja: () => import("./ja/notices"),
  "zh-CN": () => import("./zh/notices"),
});
