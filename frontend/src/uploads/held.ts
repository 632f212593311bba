import { type Dropped, type Found, fromFolders } from "./folder";
import { createPastedNames } from "./pastedNames";
import { fromTexts, hasText, type Texts } from "./texts";

export { fromFolder } from "./folder";

/** What was in a person's hands: in a drag, or in the clipboard. */
export interface Held extends Texts {
  files: File[];
  /** All that lies in a drop, if there is a folder in it. */
  folders: readonly Dropped[];
  /** Whether a program copied text with its looks. */
  isRich: boolean;
}

const named = createPastedNames();

export async function dropped({ files, folders, ...texts }: Held): Promise<Found> {
  if (folders.length > 0) return fromFolders(folders);
  if (files.length > 0) return { files, remark: undefined };
  const { files: written, remark } = fromTexts(texts);
  return { files: written.map(named), remark };
}

export async function pasted({ files, html, isRich }: Held): Promise<Found> {
  if (files.length === 0) return { files: [], remark: { kind: "nothingPasted" } };
  const pictures = files.map(named);
  // A picture copied from a web page comes as a page too, in which there is nothing else.
  const asks = html ? hasText(html) : isRich;
  return asks
    ? { files: [], remark: { kind: "asked", files: pictures } }
    : { files: pictures, remark: undefined };
}
