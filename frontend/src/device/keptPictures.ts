import type { Database, KeptPicture } from "./database";

/** The pictures that were sent from this device. */
export interface History {
  /** Newest first; undefined where the browser keeps nothing. */
  all(): Promise<KeptPicture[] | undefined>;
  /** Those that are there already stay as they are; returns how many were not. */
  add(pictures: KeptPicture[]): Promise<number>;
  /** Forget what has been deleted. Never rejects: it is deleted, whatever the list says. */
  forget(deleteToken: string): Promise<void>;
  clear(): Promise<void>;
}

export function createHistory(open: () => Promise<Database | undefined>): History {
  return {
    async all() {
      const database = await open();
      return (await database?.getAllFromIndex("pictures", "publishedAt"))?.reverse();
    },
    async add(pictures) {
      const database = await open();
      if (!database) return 0;
      let added = 0;
      const transaction = database.transaction("pictures", "readwrite");
      for (const picture of pictures) {
        if (await transaction.store.getKey(picture.uploadId)) continue;
        await transaction.store.put(picture);
        added++;
      }
      await transaction.done;
      return added;
    },
    async forget(deleteToken) {
      try {
        const database = await open();
        const deleted = (await database?.getAll("pictures"))?.find(
          (kept) => kept.deleteToken === deleteToken,
        );
        if (deleted) await database?.delete("pictures", deleted.uploadId);
      } catch {
        // A full disk, most likely.
      }
    },
    async clear() {
      await (await open())?.clear("pictures");
    },
  };
}

/** Those whose name holds every word of `query`, in any case. */
export function search(pictures: readonly KeptPicture[], query: string): readonly KeptPicture[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return pictures;
  return pictures.filter(({ name, filename }) => {
    const text = fold(`${name} ${filename ?? ""}`);
    return words.every((word) => text.includes(word));
  });
}

/** Without accents and case: who looks for "ete" finds "Été". */
function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
