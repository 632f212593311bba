import { makeZip } from "client-zip";
import { saveFile } from "../device/download";
import { isGone, type Shown } from "./pictures";

/** Bytes that a browser without a file to write to holds until all of them are there. */
const MOST_HELD = 1024 ** 3;

// Not yet in TypeScript's own types: https://developer.mozilla.org/docs/Web/API/Window/showSaveFilePicker
declare global {
  interface Window {
    showSaveFilePicker?: (options: {
      suggestedName: string;
      types: { accept: Record<string, string[]> }[];
    }) => Promise<FileSystemFileHandle>;
  }
}

/**
 * Save pictures as one zip, each as it comes from the store, and return what came of it, in a sentence.
 *
 * Where the browser lets a page write to a file, no more than a piece of one picture is in memory.
 */
export async function save(
  pictures: readonly Shown[],
  title: string,
  bytes: number,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const suggestedName = `${safeName(title) || "Album"}.zip`;
  const missing: Shown[] = [];
  try {
    const types = [{ accept: { "application/zip": [".zip"] } }];
    const file = await window.showSaveFilePicker?.({ suggestedName, types });
    if (!file && bytes > MOST_HELD)
      return "This browser saves at most 1 GB at once. Save the pictures one by one, or try another browser.";
    const zip = makeZip(entries(pictures, missing, onProgress, signal));
    if (file) await zip.pipeTo(await file.createWritable(), { signal });
    else saveFile(suggestedName, await new Response(zip).blob());
  } catch (error) {
    // By the button, or in the browser's own dialog.
    if (error instanceof DOMException && error.name === "AbortError") return "Nothing was saved.";
    return "The pictures could not be saved. Check your connection, then try again.";
  }
  const saved = pictures.length - missing.length;
  const rest = missing.length > 0 ? ` ${missing.length} no longer there.` : "";
  return `${count(saved)} saved.${rest}`;
}

const count = (n: number) => (n === 1 ? "1 picture" : `${n} pictures`);

async function* entries(
  pictures: readonly Shown[],
  missing: Shown[],
  onProgress: (done: number) => void,
  signal: AbortSignal,
) {
  for (const [index, picture] of pictures.entries()) {
    onProgress(index);
    if (isGone(picture)) {
      missing.push(picture);
      continue;
    }
    // What an <img> has kept of another origin can't be read by a script.
    const cache = new URL(picture.viewURL).origin === location.origin ? "default" : "no-store";
    const answer = await fetch(picture.viewURL, { signal, cache });
    // Stores that list nothing to strangers say 403 in place of 404.
    if ([403, 404, 410].includes(answer.status)) missing.push(picture);
    else if (answer.ok) yield { name: entryName(picture.filename, index, pictures.length), input: answer };
    else throw new Error(`status ${answer.status}`);
  }
}

/** Name a file by its place in the album, so that no two have one name and all are in their order. */
export function entryName(filename: string, index: number, count: number): string {
  const place = String(index + 1).padStart(String(count).length, "0");
  return `${place} ${safeName(filename)}`.trim();
}

/** Leave out what some systems take in no file's name. */
export function safeName(name: string): string {
  return name
    .replace(/[\p{Cc}\\/:*?"<>|]+/gu, " ")
    .replace(/^[\s.]+|[\s.]+$/g, "")
    .slice(-120);
}
