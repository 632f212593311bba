import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Problem } from "../api/problem";
import type { Picture } from "../api/wire";

/** An upload in the list of a tab, which a reload would lose. */
export interface KeptUpload {
  /** The name of the tab. */
  owner: string;
  /** Its position in the list. */
  place: number;
  name: string;
  savedAt: number;
  uploadToken?: string;
  picture?: Picture;
  /** Why it was refused. */
  problem?: Problem;
}

/** A picture that was uploaded from this device. */
export interface KeptPicture extends Omit<Picture, "filename"> {
  /** Null in histories that older versions of this page exported. */
  filename: string | null;
  name: string;
  /** Milliseconds since 1970. */
  publishedAt: number;
  thumbnail?: Blob;
}

export interface Schema extends DBSchema {
  uploads: { key: [owner: string, place: number]; value: KeptUpload };
  /** Apart from `uploads`, because they are large and written once. */
  files: { key: [owner: string, place: number]; value: File };
  pictures: { key: string; value: KeptPicture; indexes: { publishedAt: number } };
}

export type Database = IDBPDatabase<Schema>;

/** Open what this site stores on the device; undefined where the browser stores nothing (some private windows). */
export type OpenDatabase = () => Promise<Database | undefined>;

let opened: Promise<Database | undefined> | undefined;

export const openDatabase: OpenDatabase = () => {
  opened ??= openDB<Schema>("image-host", 1, {
    upgrade(database) {
      database.createObjectStore("uploads", { keyPath: ["owner", "place"] });
      database.createObjectStore("files");
      database
        .createObjectStore("pictures", { keyPath: "uploadId" })
        .createIndex("publishedAt", "publishedAt");
    },
    terminated() {
      opened = undefined;
    },
  }).catch(() => undefined);
  return opened;
};
