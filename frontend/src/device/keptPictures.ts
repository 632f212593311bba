import type { KeptPicture, OpenDatabase } from "./database";

/** The pictures that were uploaded from this device. */
export interface KeptPictures {
  /** Return them, newest first; undefined where the browser stores nothing. */
  all(): Promise<KeptPicture[] | undefined>;
  /** Add the ones that are not there yet, and return how many those were. Rejects where the browser stores nothing. */
  add(pictures: KeptPicture[]): Promise<number>;
  /** Drop a picture that was deleted from the server. Never rejects: it is deleted, whatever this list says. */
  forget(deleteToken: string): Promise<void>;
  clear(): Promise<void>;
}

export function createKeptPictures(open: OpenDatabase): KeptPictures {
  return {
    async all() {
      const database = await open();
      return (await database?.getAllFromIndex("pictures", "publishedAt"))?.reverse();
    },
    async add(pictures) {
      const database = await open();
      if (!database) throw new Error("this browser stores nothing");
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
        // The disk is full, most likely.
      }
    },
    async clear() {
      await (await open())?.clear("pictures");
    },
  };
}
