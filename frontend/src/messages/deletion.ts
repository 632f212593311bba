import type { Messages } from "./en";
import { part } from "./part";

/** What the delete page says; loaded with it. */
const en = (_: Messages) => ({
  title: "Delete this picture?",
  explain: "It is removed from the server for good, and its link stops working for everyone.",
  caches: "Copies may linger in caches for a short while.",
  confirm: "Delete the picture",
  deleting: "Deleting",
  doneTitle: "The picture is deleted.",
  done: "Its link no longer works. A copy may linger in caches for a short while.",
  failedTitle: "The picture is not deleted.",
  picture: "The picture that would be deleted",
  notShown: "The picture can’t be shown. It may be gone already.",
  invalid:
    "This delete link is not valid, or no longer is. Copy the whole link again from where you saved it.",
  missingTitle: "This delete link is incomplete.",
  missing: "The part after the # is missing. Copy the whole link again from where you saved it.",
});

export type DeletionWords = ReturnType<typeof en>;
export const deletionWords = await part(en, {
  de: () => import("./de/deletion"),
  es: () => import("./es/deletion"),
  ar: () => import("./ar/deletion"),
  ja: () => import("./ja/deletion"),
  "zh-CN": () => import("./zh/deletion"),
});
