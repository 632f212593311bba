import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Problem } from "../api/problem";
import type { Picture } from "../api/wire";

/** What a tab would lose by a reload: its list of uploads, under the tab's name and the place in the list. */
export interface KeptUpload {
  owner: string;
  place: number;
  name: string;
  savedAt: number;
  uploadToken?: string;
  picture?: Picture;
  /** Why it was refused. */
  problem?: Problem;
}

/** A picture that was sent from this device. */
export interface KeptPicture extends Picture {
  name: string;
  /** Milliseconds since 1970. */
  publishedAt: number;
  thumbnail?: Blob;
}

export interface Schema extends DBSchema {
  uploads: { key: [owner: string, place: number]; value: KeptUpload };
  /** Apart from `uploads`, for they are large and written once. */
  files: { key: [owner: string, place: number]; value: File };
  pictures: { key: string; value: KeptPicture; indexes: { publishedAt: number } };
}

export type Database = IDBPDatabase<Schema>;

let opened: Promise<Database | undefined> | undefined;

/** Open what this site keeps on the device; undefined where the browser keeps nothing (private windows of some). */
export function openDatabase(): Promise<Database | undefined> {
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
}
