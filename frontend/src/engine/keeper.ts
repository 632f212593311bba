import type { Problem } from "../api/problem";
import type { Picture } from "../api/wire";
import type { Database, FileKey, KeptUpload, OpenDatabase } from "../device/database";
import type { PictureOptions } from "../device/settings";
import type { UploadState } from "./upload";

export interface Kept {
  place: number;
  name: string;
  /** Undefined if the reload came before it was saved, or if it is no longer needed. */
  file: File | undefined;
  /** Undefined if an older version of this page saved it. */
  options: PictureOptions | undefined;
  uploadToken: string | undefined;
  picture: Picture | undefined;
  /** Why it was refused. */
  problem: Problem | undefined;
}

/** Return the state in which an upload goes on. */
export function stateOf({ picture, problem }: Kept): UploadState {
  if (problem) return { phase: "refused", problem };
  return picture ? { phase: "done", picture, deletion: "none" } : { phase: "queued" };
}

/** Saves the list of uploads, so that it survives a reload. No method fails: what can't be saved is lost by a reload. */
export interface Keeper {
  /** What this tab had, in its order. */
  restore(): Promise<Kept[]>;
  add(place: number, file: File, options: PictureOptions): void;
  sending(place: number, uploadToken: string): void;
  published(place: number, picture: Picture): void;
  refused(place: number, problem: Problem): void;
  forget(place: number): void;
}

/** Most files are published within this time, and are never written to disk. */
const COPY_AFTER_MS = 500;
/** A tab that has not come back after this time never will. */
const LOST_AFTER_MS = 24 * 60 * 60 * 1000;

/** A keeper in IndexedDB. */
export class DatabaseKeeper implements Keeper {
  readonly #open: OpenDatabase;
  readonly #tabName: Promise<string>;
  /** Files not yet copied, with the writing of their entries, which comes first; in the order of the list. */
  readonly #waiting = new Map<number, { file: File; entered: Promise<unknown> }>();
  #copying = false;

  /** `tabName` is the same before and after a reload, and no other tab has it. */
  constructor(open: OpenDatabase, tabName: Promise<string>) {
    this.#open = open;
    this.#tabName = tabName;
  }

  async restore(): Promise<Kept[]> {
    const [database, owner] = await Promise.all([this.#open(), this.#tabName]);
    const kept: Kept[] = [];
    if (!database) return kept;
    for (const upload of await database.getAll("uploads").catch(() => [])) {
      if (upload.owner === owner) kept.push(await readKept(database, upload));
      // Only what is over: this device's clock may be wrong, and must not throw away what was not sent.
      else if (isOver(upload) && upload.savedAt < Date.now() - LOST_AFTER_MS)
        await database.delete("uploads", [upload.owner, upload.place]).catch(() => undefined);
    }
    return kept.sort((a, b) => a.place - b.place);
  }

  add(place: number, file: File, options: PictureOptions): void {
    const entry = { place, name: file.name, savedAt: Date.now(), options };
    const entered = this.#write((database, owner) => database.put("uploads", { owner, ...entry }));
    this.#waiting.set(place, { file, entered });
    void this.#copy();
  }

  sending(place: number, uploadToken: string): void {
    this.#update(place, { uploadToken });
  }

  published(place: number, picture: Picture): void {
    this.#update(place, { picture });
    this.#dropFile(place);
  }

  refused(place: number, problem: Problem): void {
    this.#update(place, { problem });
    this.#dropFile(place);
  }

  forget(place: number): void {
    this.#waiting.delete(place);
    void this.#write(async (database, owner) => {
      await dropFile(database, [owner, place]);
      await database.delete("uploads", [owner, place]);
    });
  }

  /** A failed write, most likely because the disk is full, does not stop the uploads. */
  async #write(work: (database: Database, owner: string) => Promise<unknown>): Promise<void> {
    const [database, owner] = await Promise.all([this.#open(), this.#tabName]);
    if (database) await work(database, owner).catch(() => undefined);
  }

  /** Copy files to disk one after the other: hundreds at once would slow down the uploads. */
  async #copy(): Promise<void> {
    if (this.#copying) return;
    this.#copying = true;
    await new Promise((resolve) => setTimeout(resolve, COPY_AFTER_MS));
    // The last file first: uploads start with the first, and what they publish meanwhile needs no copy.
    for (let last = [...this.#waiting].at(-1); last; last = [...this.#waiting].at(-1)) {
      const [place, { file, entered }] = last;
      await entered;
      if (this.#waiting.delete(place))
        await this.#write((database, owner) => database.put("files", file, [owner, place]));
    }
    this.#copying = false;
  }

  #dropFile(place: number): void {
    this.#waiting.delete(place);
    void this.#write((database, owner) => dropFile(database, [owner, place]));
  }

  #update(place: number, change: Partial<KeptUpload>): void {
    void this.#write(async (database, owner) => {
      const { store } = database.transaction("uploads", "readwrite");
      const kept = await store.get([owner, place]);
      if (kept) await store.put({ ...kept, ...change });
    });
  }
}

export const isOver = ({ picture, problem }: KeptUpload) => picture !== undefined || problem !== undefined;

export const fileKeyOf = ({ fileAt, owner, place }: KeptUpload): FileKey => fileAt ?? [owner, place];

/** Read what is kept of an upload, with its file if that is still needed. */
export async function readKept(database: Database, upload: KeptUpload): Promise<Kept> {
  const { place, name, options, uploadToken, picture, problem } = upload;
  const key = fileKeyOf(upload);
  const file = isOver(upload) ? undefined : await database.get("files", key).catch(() => undefined);
  return { place, name, file, options, uploadToken, picture, problem };
}

async function dropFile(database: Database, key: FileKey): Promise<void> {
  const upload = await database.get("uploads", key);
  await database.delete("files", upload ? fileKeyOf(upload) : key);
}
