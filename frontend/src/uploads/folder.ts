/** What folders contain: the pictures, in the order of their paths, and how many other files there are. */
export interface Found {
  files: File[];
  leftOut: number;
}

interface Located {
  path: string;
  file: File;
}

/** Take the files of an `<input webkitdirectory>`. */
export function fromFolder(files: Iterable<File>): Found {
  return sift([...files].map((file) => ({ path: file.webkitRelativePath, file })));
}

/**
 * Take a drop: all its files, and the pictures in its folders at any depth.
 *
 * Call it while the drop event is handled: afterwards the browser gives no access.
 */
export function fromDrop(data: DataTransfer): Promise<Found> | Found {
  const dropped = [...data.items].flatMap((item) => {
    const file = item.kind === "file" ? item.getAsFile() : null;
    return file ? [{ file, entry: item.webkitGetAsEntry?.() ?? null }] : [];
  });
  if (!dropped.some(({ entry }) => entry?.isDirectory)) return { files: [...data.files], leftOut: 0 };
  return Promise.all(
    dropped.map(async ({ file, entry }) => {
      if (!entry?.isDirectory) return { files: [file], leftOut: 0 };
      try {
        return sift(await walk(entry as FileSystemDirectoryEntry));
      } catch {
        // The row of the folder itself will say that it can't be read.
        return { files: [file], leftOut: 0 };
      }
    }),
  ).then((found) => ({
    files: found.flatMap(({ files }) => files),
    leftOut: found.reduce((sum, { leftOut }) => sum + leftOut, 0),
  }));
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
        located.push({ path: entry.fullPath, file });
      }
    }
  }
}

const byPath = new Intl.Collator(undefined, { numeric: true }).compare;

function sift(located: Located[]): Found {
  const pictures = located.filter(({ file }) => mayBePicture(file));
  pictures.sort((a, b) => byPath(a.path, b.path));
  return { files: pictures.map(({ file }) => file), leftOut: located.length - pictures.length };
}

/** Judge by the name only. A person who chooses a folder means its pictures, and wants no row for every other file. */
function mayBePicture({ name, type }: File): boolean {
  if (name.startsWith(".")) return false;
  return type ? type.startsWith("image/") : /\.(avif|hei[cf])$/i.test(name);
}
