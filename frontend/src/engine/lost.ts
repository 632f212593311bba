import type { FileKey, KeptUpload, OpenDatabase } from "../device/database";
import type { OtherTabs } from "../device/otherTabs";
import { fileKeyOf, isOver, type Kept, readKept } from "./keeper";

/** A picture that a tab had not sent when it was closed. */
export interface LostUpload {
  owner: string;
  place: number;
  name: string;
  /** Undefined if the tab was closed before it was saved. */
  file: File | undefined;
  /** Whether its bytes may have arrived, so that it may be published even without the file. */
  mayHaveArrived: boolean;
}

/** Where the browser does not say which tabs live, one that has been silent for this long counts as closed. */
const SILENT_MS = 24 * 60 * 60 * 1000;

/** What closed tabs left behind in the database. Nothing of a tab that lives is listed or touched. */
export class LostUploads {
  readonly #open: OpenDatabase;
  readonly #tabName: Promise<string>;
  readonly #tabs: OtherTabs;

  constructor(open: OpenDatabase, tabName: Promise<string>, tabs: OtherTabs) {
    this.#open = open;
    this.#tabName = tabName;
    this.#tabs = tabs;
  }

  /** Return what was not sent, in the order in which it was chosen. Never rejects: what can't be read is not listed. */
  async list(): Promise<LostUpload[]> {
    const [database, own] = await Promise.all([this.#open(), this.#tabName]);
    if (!database) return [];
    const living = await this.#tabs.living();
    const uploads = await database.getAll("uploads").catch(() => []);
    const lost = uploads.filter(
      (upload) =>
        upload.owner !== own &&
        !isOver(upload) &&
        (living ? !living.has(upload.owner) : upload.savedAt < Date.now() - SILENT_MS),
    );
    const listed = lost.map(async (upload): Promise<LostUpload> => {
      const { owner, place, name } = upload;
      const { file, uploadToken } = await readKept(database, upload);
      return { owner, place, name, file, mayHaveArrived: uploadToken !== undefined };
    });
    return (await Promise.all(listed)).sort((a, b) => a.place - b.place);
  }

  /**
   * Move what was lost into this tab's list; `nextPlace` gives each its place there. What another tab has taken
   * meanwhile, and what belongs to a tab that is back, is left out.
   */
  async take(lost: readonly LostUpload[], nextPlace: () => number): Promise<Kept[]> {
    const [database, own] = await Promise.all([this.#open(), this.#tabName]);
    const taken: KeptUpload[] = [];
    await this.#each(lost, async (key) => {
      const transaction = database?.transaction("uploads", "readwrite");
      const upload = await transaction?.store.get(key);
      if (!transaction || !upload || isOver(upload)) return;
      // The file stays where it is: to copy hundreds of pictures takes long, and a full disk may have no room.
      const mine = { ...upload, owner: own, place: nextPlace(), fileAt: fileKeyOf(upload) };
      await Promise.all([transaction.store.put(mine), transaction.store.delete(key), transaction.done]);
      taken.push(mine);
    });
    return database ? Promise.all(taken.map((upload) => readKept(database, upload))) : [];
  }

  /** Forget what was lost, and return how many those were. */
  async discard(lost: readonly LostUpload[]): Promise<number> {
    const database = await this.#open();
    let discarded = 0;
    await this.#each(lost, async (key) => {
      const transaction = database?.transaction(["uploads", "files"], "readwrite");
      const upload = await transaction?.objectStore("uploads").get(key);
      if (!transaction || !upload) return;
      await Promise.all([
        transaction.objectStore("files").delete(fileKeyOf(upload)),
        transaction.objectStore("uploads").delete(key),
        transaction.done,
      ]);
      discarded++;
    });
    return discarded;
  }

  /** Do `work` for each that was lost, unless its tab is back. */
  async #each(lost: readonly LostUpload[], work: (key: FileKey) => Promise<void>): Promise<void> {
    for (const owner of new Set(lost.map((upload) => upload.owner))) {
      await this.#tabs.whileGone(owner, async () => {
        for (const upload of lost) if (upload.owner === owner) await work([owner, upload.place]);
      });
    }
  }
}
