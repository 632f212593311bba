import type { KeptAlbum, OpenDatabase } from "./database";

/** The albums that were made on this device, with the tokens that edit them. */
export interface KeptAlbums {
  /** Return them, newest first; none where the browser stores nothing. */
  all(): Promise<KeptAlbum[]>;
  get(albumId: string): Promise<KeptAlbum | undefined>;
  /** Store albums, in place of what is there; return whether the browser did. */
  put(...albums: KeptAlbum[]): Promise<boolean>;
  /** Drop an album. Never rejects: it is deleted, whatever this list says. */
  forget(albumId: string): Promise<void>;
}

export function createKeptAlbums(open: OpenDatabase): KeptAlbums {
  return {
    async all() {
      const all = (await (await open())?.getAll("albums")) ?? [];
      return all.sort((a, b) => b.createdAt - a.createdAt);
    },
    async get(albumId) {
      return (await open())?.get("albums", albumId);
    },
    async put(...albums) {
      try {
        const transaction = (await open())?.transaction("albums", "readwrite");
        for (const album of albums) await transaction?.store.put(album);
        await transaction?.done;
        return transaction !== undefined;
      } catch {
        // The disk is full, most likely.
        return false;
      }
    },
    async forget(albumId) {
      try {
        await (await open())?.delete("albums", albumId);
      } catch {
        // The disk is full, most likely.
      }
    },
  };
}
