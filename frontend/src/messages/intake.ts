import type { Messages } from "./en";
import { part } from "./part";

/** How many files of a folder were left out, by reason. */
interface LeftOut {
  hidden: number;
  noExtension: number;
  notPicture: number;
}

const allOf = new Intl.ListFormat("en", { type: "unit" });

/** What is said of what was dropped, pasted or chosen; loaded when there is something to say. */
const en = ({ number }: Messages) => ({
  leftOut: ({ hidden, noExtension, notPicture }: LeftOut) => {
    const n = hidden + noExtension + notPicture;
    const reasons = [
      hidden > 0 ? `${number(hidden)} hidden` : "",
      noExtension > 0 ? `${number(noExtension)} without an extension` : "",
      notPicture > 0 ? `${number(notPicture)} not ${notPicture === 1 ? "a picture" : "pictures"}` : "",
    ].filter(Boolean);
    const files = n === 1 ? "1 file in the folder was" : `${number(n)} files in the folder were`;
    return `${files} left out: ${allOf.format(reasons)}.`;
  },
  nothingPasted: "The clipboard holds no picture.",
  nothingDropped: "What you dropped is not a picture.",
  elsewhere:
    "A picture can’t be taken straight from another site. Save the picture first, or copy it, then paste it here.",
  question: "Upload the picture of what you copied?",
  hint: "You copied text, and the program added a picture of it. Whoever has the link can read it.",
  yes: "Upload the picture",
  no: "Don’t upload",
  close: "Close this note",
});

export type IntakeWords = ReturnType<typeof en>;
export const intakeWords = await part(en, {
  de: () => import("./de/intake"),
  es: () => import("./es/intake"),
  ar: () => import("./ar/intake"),
  ja: () => import("./ja/intake"),
  "zh-CN": () => import("./zh/intake"),
});
