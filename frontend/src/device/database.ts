import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Problem } from "../api/problem";
import type { Picture } from "../api/wire";
import type { PictureOptions } from "./settings";

export type FileKey = [owner: string, place: number];

/** An upload in the list of a tab, which a reload would lose. */
export interface KeptUpload {
  /** The name of the tab. */
  owner: string;
  /** Its position in the list. */
  place: number;
  name: string;
  /** Milliseconds since 1970, by this device's clock, which may be wrong. */
  savedAt: number;
  /** What was chosen when it was added; entries of older versions of this page have none. */
  options?: PictureOptions;
  /** Where its file is if another tab had saved it; otherwise at the key of this entry. */
  fileAt?: FileKey;
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

/** An album that was made on this device. */
export interface KeptAlbum {
  albumId: string;
  albumURL: string;
  /** Edits and deletes it. */
  editToken: string;
  title: string;
  /** The link of its cover. */
  cover: string;
  /** How many pictures it has. */
  count: number;
  /** Milliseconds since 1970. */
  createdAt: number;
  expiresAt: string | null;
}

export interface Schema extends DBSchema {
  uploads: { key: FileKey; value: KeptUpload };
  /** Apart from `uploads`, because they are large and written once. */
  files: { key: FileKey; value: File };
  pictures: { key: string; value: KeptPicture; indexes: { publishedAt: number } };
  albums: { key: string; value: KeptAlbum };
}

export type Database = IDBPDatabase<Schema>;

/** Open what this site stores on the device; undefined where the browser stores nothing (some private windows). */
export type OpenDatabase = () => Promise<Database | undefined>;

let opened: Promise<Database | undefined> | undefined;

export const openDatabase: OpenDatabase = () => {
  opened ??= open().catch(() => undefined);
  return opened;
};

/** Async, because some browsers throw where others answer with an error. */
async function open(): Promise<Database> {
  return new Promise((resolve, reject) => {
    const database = openDB<Schema>("image-host", 2, {
      upgrade(database, oldVersion) {
        if (oldVersion < 1) {
          database.createObjectStore("uploads", { keyPath: ["owner", "place"] });
          database.createObjectStore("files");
          database
            .createObjectStore("pictures", { keyPath: "uploadId" })
            .createIndex("publishedAt", "publishedAt");
        }
        database.createObjectStore("albums", { keyPath: "albumId" });
      },
      // Until a tab with an older version of this page is closed, this one keeps nothing.
      blocked: () => reject(new Error("an older version of this page is open")),
      // A newer version of this page wants the database.
      blocking() {
        opened = undefined;
        void database.then((each) => each.close());
      },
      terminated() {
        opened = undefined;
      },
    });
    database.then(resolve, reject);
  });
}
