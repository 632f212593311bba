import type { LeftOut, Remark } from "./remark";

/** What folders contain: the pictures, in the order of their paths, and what was left out, if anything. */
export interface Found {
  files: File[];
  remark: Remark | undefined;
}

/** What lies in a drop: a file, or a folder, which has an entry. */
export interface Dropped {
  file: File;
  entry: FileSystemEntry | null;
}

interface Located {
  /** From the folder that was chosen on. */
  path: string;
  file: File;
}

/** Take the files of an `<input webkitdirectory>`. */
export function fromFolder(files: Iterable<File>): Found {
  return sift([...files].map((file) => ({ path: file.webkitRelativePath, file })));
}

/** Take all files of a drop, and the pictures in its folders at any depth. */
export async function fromFolders(dropped: readonly Dropped[]): Promise<Found> {
  const found = await Promise.all(
    dropped.map(async ({ file, entry }) => {
      if (!entry?.isDirectory) return { files: [file], remark: undefined };
      try {
        return sift(await walk(entry as FileSystemDirectoryEntry));
      } catch {
        // The row of the folder itself will say that it can't be read.
        return { files: [file], remark: undefined };
      }
    }),
  );
  return {
    files: found.flatMap(({ files }) => files),
    remark: sum(found.flatMap(({ remark }) => (remark?.kind === "leftOut" ? [remark.leftOut] : []))),
  };
}

async function walk(directory: FileSystemDirectoryEntry): Promise<Located[]> {
  const reader = directory.createReader();
  const located: Located[] = [];
  for (;;) {
    // At most a hundred at a time, in Chromium.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return located;
    for (const entry of entries) {
      if (entry.isDirectory) located.push(...(await walk(entry as FileSystemDirectoryEntry)));
      else {
        const file = await new Promise<File>((resolve, reject) =>
          (entry as FileSystemFileEntry).file(resolve, reject),
        );
        located.push({ path: entry.fullPath.slice(1), file });
      }
    }
  }
}

const byPath = new Intl.Collator(undefined, { numeric: true }).compare;

function sift(located: Located[]): Found {
  const judged = located.map((each) => ({ ...each, reason: reasonAgainst(each) }));
  const pictures = judged.filter(({ reason }) => !reason).sort((a, b) => byPath(a.path, b.path));
  const reasons = judged.flatMap(({ reason }) => (reason ? [{ ...NONE, [reason]: 1 }] : []));
  return { files: pictures.map(({ file }) => file), remark: sum(reasons) };
}

const NONE: LeftOut = { hidden: 0, noExtension: 0, notPicture: 0 };

function sum(counts: readonly LeftOut[]): Remark | undefined {
  if (counts.length === 0) return undefined;
  const add = (a: LeftOut, b: LeftOut): LeftOut => ({
    hidden: a.hidden + b.hidden,
    noExtension: a.noExtension + b.noExtension,
    notPicture: a.notPicture + b.notPicture,
  });
  return { kind: "leftOut", leftOut: counts.reduce(add, NONE) };
}

/** Judge by the name only. A person who chooses a folder means its pictures, and wants no row for every other file. */
function reasonAgainst({ path, file: { name, type } }: Located): keyof LeftOut | undefined {
  // A hidden folder hides what is in it, unless it is the one that was chosen.
  if (
    name.startsWith(".") ||
    path
      .split("/")
      .slice(1)
      .some((part) => part.startsWith("."))
  )
    return "hidden";
  if (type ? type.startsWith("image/") : /\.(avif|hei[cf]|hif)$/i.test(name)) return undefined;
  return name.includes(".") ? "notPicture" : "noExtension";
}
