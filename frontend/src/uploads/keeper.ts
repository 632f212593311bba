import type { Picture } from "../api/wire";
import type { Database } from "../database";

export interface Kept {
  place: number;
  name: string;
  /** Undefined where the reload came before it was saved, or where it is no longer needed. */
  file: File | undefined;
  uploadToken: string | undefined;
  picture: Picture | undefined;
}

/** Keeps a list of uploads over a reload. Nothing here fails: what can't be kept is not there afterwards. */
export interface Keeper {
  /** What this tab had, in its order. */
  restore(): Promise<Kept[]>;
  add(place: number, file: File): void;
  sending(place: number, uploadToken: string): void;
  published(place: number, picture: Picture): void;
  forget(place: number): void;
}

/** A tab that did not come back by then never will. */
const LOST_AFTER_MS = 24 * 60 * 60 * 1000;

/** `owner` names the tab, before and after a reload. */
export function createKeeper(open: () => Promise<Database | undefined>, owner: string): Keeper {
  const forgotten = new Set<number>();
  const published = new Set<number>();
  // One after the other: each file is copied to disk, and hundreds at once would slow down the sending.
  let last: Promise<unknown> = Promise.resolve();

  function write(work: (database: Database) => Promise<unknown>): void {
    last = last
      .then(async () => {
        const database = await open();
        if (database) await work(database);
      })
      // A full disk, most likely. The uploads themselves go on.
      .catch(() => undefined);
  }

  /** Ahead of the files that wait to be copied. */
  async function update(
    place: number,
    change: { uploadToken: string } | { picture: Picture },
  ): Promise<void> {
    try {
      const database = await open();
      const transaction = database?.transaction("uploads", "readwrite");
      const kept = await transaction?.store.get([owner, place]);
      if (kept) await transaction?.store.put({ ...kept, ...change });
    } catch {
      // As above.
    }
  }

  return {
    async restore() {
      const database = await open();
      if (!database) return [];
      const kept: Kept[] = [];
      for (const upload of await database.getAll("uploads")) {
        const key: [string, number] = [upload.owner, upload.place];
        if (upload.owner === owner) {
          kept.push({
            place: upload.place,
            name: upload.name,
            file: upload.picture ? undefined : await database.get("files", key),
            uploadToken: upload.uploadToken,
            picture: upload.picture,
          });
        } else if (upload.savedAt < Date.now() - LOST_AFTER_MS) {
          await Promise.all([database.delete("uploads", key), database.delete("files", key)]);
        }
      }
      return kept.sort((a, b) => a.place - b.place);
    },

    add(place, file) {
      const key: [string, number] = [owner, place];
      forgotten.delete(place);
      const saved = open().then((database) =>
        database?.put("uploads", { owner, place, name: file.name, savedAt: Date.now() }),
      );
      saved.catch(() => undefined);
      write(async (database) => {
        await saved;
        if (!forgotten.has(place) && !published.has(place)) await database.put("files", file, key);
      });
    },

    sending(place, uploadToken) {
      void update(place, { uploadToken });
    },

    published(place, picture) {
      published.add(place);
      void update(place, { picture });
      write((database) => database.delete("files", [owner, place]));
    },

    forget(place) {
      const key: [string, number] = [owner, place];
      forgotten.add(place);
      open()
        .then((database) => database?.delete("uploads", key))
        .catch(() => undefined);
      write((database) => database.delete("files", key));
    },
  };
}
