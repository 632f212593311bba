import type { Messages } from "./en";
import { part } from "./part";

/** What the history says; loaded with it. */
const en = ({ number, bytes, pictures }: Messages) => ({
  lead: "Only this browser has this list and its delete links. Export it before you clear the browser’s data.",
  search: "Search by name",
  count: pictures,
  countOf: (found: number, all: number) => `${number(found)} of ${pictures(all)}`,
  expired: "Expired",
  more: "Show more",
  empty: "Nothing yet. What you upload appears here.",
  unavailable: "This browser keeps no data for this page (a private window?), so there is no history.",
  unreadable: "The history could not be read. The pictures in it are still online.",
  reload: "Try again",
  copyDelete: (n: number): string => (n === 1 ? "Copy delete link" : "Copy delete links"),
  deleteLinks: (n: number): string => (n === 1 ? "Delete link" : "Delete links"),
  deletedSome: (n: number) => `${pictures(n)} deleted.`,
  export: "Export",
  import: "Import",
  imported: (n: number) => `${pictures(n)} added.`,
  importedSome: (added: number, known: number) =>
    `${pictures(added)} added, ${number(known)} were here already.`,
  noHistory: (name: string) => `${name} is not an exported history. Nothing was imported.`,
  tooLarge: (name: string, most: number, entries: number) =>
    `${name} is too large: at most ${bytes(most)} and ${pictures(entries)} are imported at once. Nothing was imported.`,
  leftOut: (n: number, entry: number, field: string, rule: string) =>
    `${n === 1 ? "1 entry was" : `${number(n)} entries were`} left out. Entry ${number(entry)}: “${field}” must be ${rule}.`,
  rules: {
    text: (most: number) => `text of at most ${number(most)} characters`,
    address: (most: number) => `a web address of at most ${number(most)} characters`,
    number: (most: number) => `a whole number up to ${number(most)}`,
    date: "a date",
  },
  notKept: "The browser could not keep it; its disk may be full. Nothing was imported.",
  clear: "Clear the list",
  clearQuestion: (n: number) =>
    `Forget ${n === 1 ? "this picture" : `all ${pictures(n)}`} on this device? They stay online, but can no longer be deleted from here.`,
  clearConfirm: "Yes, forget them",
  clearKeep: "Keep the list",
});

export type HistoryWords = ReturnType<typeof en>;
export const historyWords = await part(en, {
  de: () => import("./de/history"),
  es: () => import("./es/history"),
  ar: () => import("./ar/history"),
  ja: () => import("./ja/history"),
  "zh-CN": () => import("./zh/history"),
});
