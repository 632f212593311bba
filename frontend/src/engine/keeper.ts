import type { Problem } from "../api/problem";
import type { Picture } from "../api/wire";
import type { Database, KeptUpload } from "../device/database";

export interface Kept {
  place: number;
  name: string;
  /** Undefined where the reload came before it was saved, or where it is no longer needed. */
  file: File | undefined;
  uploadToken: string | undefined;
  picture: Picture | undefined;
  /** Why it was refused. */
  problem: Problem | undefined;
}

/** Keeps a list of uploads over a reload. Nothing here fails: what can't be kept is not there afterwards. */
export interface Keeper {
  /** What this tab had, in its order. */
  restore(): Promise<Kept[]>;
  add(place: number, file: File): void;
  sending(place: number, uploadToken: string): void;
  published(place: number, picture: Picture): void;
  refused(place: number, problem: Problem): void;
  forget(place: number): void;
}

/** Most are published by then, and were never written to disk. */
const COPY_AFTER_MS = 500;
/** A tab that did not come back by then never will. */
const LOST_AFTER_MS = 24 * 60 * 60 * 1000;

/** `named` names the tab, before and after a reload. */
export function createKeeper(open: () => Promise<Database | undefined>, named: Promise<string>): Keeper {
  /** Files that have no copy yet, and their entries, which come first; in the order of the list. */
  const waiting = new Map<number, { file: File; entered: Promise<unknown> }>();
  let copying = false;

  /** Where it fails, most likely by a full disk, the uploads themselves go on. */
  async function write(work: (database: Database, owner: string) => Promise<unknown>): Promise<void> {
    const [database, owner] = await Promise.all([open(), named]);
    if (database) await work(database, owner).catch(() => undefined);
  }

  /** One after the other, for each goes to disk, and hundreds at once would slow down the sending. */
  async function copy(): Promise<void> {
    if (copying) return;
    copying = true;
    await new Promise((resolve) => setTimeout(resolve, COPY_AFTER_MS));
    // The last first: the sending comes from the other end, and what it has published by then needs no copy.
    for (let last = [...waiting].at(-1); last; last = [...waiting].at(-1)) {
      const [place, { file, entered }] = last;
      await entered;
      if (waiting.delete(place))
        await write((database, owner) => database.put("files", file, [owner, place]));
    }
    copying = false;
  }

  function drop(place: number): void {
    waiting.delete(place);
    void write((database, owner) => database.delete("files", [owner, place]));
  }

  function update(place: number, change: Partial<KeptUpload>): void {
    void write(async (database, owner) => {
      const { store } = database.transaction("uploads", "readwrite");
      const kept = await store.get([owner, place]);
      if (kept) await store.put({ ...kept, ...change });
    });
  }

  return {
    async restore() {
      const [database, owner] = await Promise.all([open(), named]);
      const kept: Kept[] = [];
      if (!database) return kept;
      for (const upload of await database.getAll("uploads").catch(() => [])) {
        const key: [string, number] = [upload.owner, upload.place];
        if (upload.owner === owner) {
          kept.push({
            place: upload.place,
            name: upload.name,
            file:
              upload.picture || upload.problem
                ? undefined
                : await database.get("files", key).catch(() => undefined),
            uploadToken: upload.uploadToken,
            picture: upload.picture,
            problem: upload.problem,
          });
        } else if (upload.savedAt < Date.now() - LOST_AFTER_MS) {
          await Promise.allSettled([database.delete("uploads", key), database.delete("files", key)]);
        }
      }
      return kept.sort((a, b) => a.place - b.place);
    },

    add(place, file) {
      const entry = { place, name: file.name, savedAt: Date.now() };
      const entered = write((database, owner) => database.put("uploads", { owner, ...entry }));
      waiting.set(place, { file, entered });
      void copy();
    },

    sending(place, uploadToken) {
      update(place, { uploadToken });
    },

    published(place, picture) {
      update(place, { picture });
      drop(place);
    },

    refused(place, problem) {
      update(place, { problem });
      drop(place);
    },

    forget(place) {
      drop(place);
      void write((database, owner) => database.delete("uploads", [owner, place]));
    },
  };
}
