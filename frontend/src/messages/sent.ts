import type { NotSmaller } from "../pictures/rework";
import type { Messages } from "./en";
import { part } from "./part";

/** What a row says about how its picture was prepared; loaded with the list of pictures. */
const en = (_: Messages): Record<NotSmaller, string> => ({
  moves: "Not made smaller, because it is animated",
  not_drawn: "Not made smaller, because this browser can’t draw it",
});

export type NotSmallerWords = ReturnType<typeof en>;
export const notSmallerWords = await part(en, {
  de: () => import("./de/sent"),
  es: () => import("./es/sent"),
  ar: () => import("./ar/sent"),
  ja: () => import("./ja/sent"),
  "zh-CN": () => import("./zh/sent"),
});
