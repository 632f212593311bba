import type { Messages } from "./en";
import { part } from "./part";

/** What the list of pictures says; loaded with it. */
const en = ({ number, bytes, pictures }: Messages) => ({
  label: "Your pictures",
  uploaded: (n: number) => `${pictures(n)} uploaded`,
  uploadedOf: (done: number, total: number) => `${number(done)} of ${pictures(total)} uploaded`,
  oneLink: "One link for all",
  copyAll: "Copy all",
  format: "Format of what is copied",
  pause: "Pause",
  resume: "Resume",
  paused: "Paused",
  pace: (bytesPerSecond: number) => `${bytes(bytesPerSecond)}/s`,
  secondsLeft: (n: number) => `${number(n)} s left`,
  minutesLeft: (n: number) => `${number(n)} min left`,
  progress: "Progress of all uploads",
  retryFailed: "Retry failed",
  clearFinished: "Clear finished",
  cancelAll: "Cancel all",
  filter: "Show",
  filters: { all: "All", failed: "Failed", underWay: "Under way", done: "Done" },
  view: "View",
  views: { rows: "List", grid: "Grid" },
  selection: "Selected pictures",
  selected: (n: number) => `${number(n)} selected`,
  selectAll: "Select all",
  selectNone: "Select none",
  deleteQuestion: (n: number) =>
    n === 1
      ? "Delete this picture for good? Its link stops working everywhere."
      : `Delete ${pictures(n)} for good? Their links stop working everywhere.`,
  deleteConfirm: (n: number) => `Yes, delete ${pictures(n)}`,
  deleteKeep: (n: number): string => (n === 1 ? "Keep it" : "Keep them"),
  sameCause: (n: number) => `${pictures(n)} not uploaded`,
  tokenRefused: "This token is not accepted.",
  retryAll: "Try all again",
  hidden: (n: number) => `${pictures(n)} hidden.`,
});

export type ListWords = ReturnType<typeof en>;
export const listWords = await part(en, {
  de: () => import("./de/list"),
  es: () => import("./es/list"),
  ar: () => import("./ar/list"),
  ja: () => import("./ja/list"),
  "zh-CN": () => import("./zh/list"),
});
