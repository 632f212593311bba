import type { Problem } from "../api/problem";
import type { Picture } from "../api/wire";
import type { Database, KeptUpload, OpenDatabase } from "../device/database";

export interface Kept {
  place: number;
  name: string;
  /** Undefined if the reload came before it was saved, or if it is no longer needed. */
  file: File | undefined;
  uploadToken: string | undefined;
  picture: Picture | undefined;
  /** Why it was refused. */
  problem: Problem | undefined;
}

/** Saves the list of uploads, so that it survives a reload. No method fails: what can't be saved is lost by a reload. */
export interface Keeper {
  /** What this tab had, in its order. */
  restore(): Promise<Kept[]>;
  add(place: number, file: File): void;
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
      if (upload.owner === owner) kept.push(await read(database, upload));
      else if (upload.savedAt < Date.now() - LOST_AFTER_MS) {
        const key: [string, number] = [upload.owner, upload.place];
        await Promise.allSettled([database.delete("uploads", key), database.delete("files", key)]);
      }
    }
    return kept.sort((a, b) => a.place - b.place);
  }

  add(place: number, file: File): void {
    const entry = { place, name: file.name, savedAt: Date.now() };
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
    this.#dropFile(place);
    void this.#write((database, owner) => database.delete("uploads", [owner, place]));
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
    void this.#write((database, owner) => database.delete("files", [owner, place]));
  }

  #update(place: number, change: Partial<KeptUpload>): void {
    void this.#write(async (database, owner) => {
      const { store } = database.transaction("uploads", "readwrite");
      const kept = await store.get([owner, place]);
      if (kept) await store.put({ ...kept, ...change });
    });
  }
}

async function read(database: Database, upload: KeptUpload): Promise<Kept> {
  const { owner, place, name, uploadToken, picture, problem } = upload;
  const isOver = picture || problem;
  const file = isOver ? undefined : await database.get("files", [owner, place]).catch(() => undefined);
  return { place, name, file, uploadToken, picture, problem };
}
