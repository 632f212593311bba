import type { Picture } from "../api/wire";
import type { Database, KeptPicture, OpenDatabase } from "../device/database";
import type { UploadQueue } from "../engine/queue";
import { isUnderWay, type UploadState } from "../engine/upload";
import { createStore, type Readable } from "../store";

/** What this device could not store. */
export interface Unkept {
  /** Whether the browser stores nothing at all; false as long as that is unknown. */
  readonly blocked: boolean;
  /** Published, but not in the history: whoever loses their delete links can't delete them. */
  readonly pictures: readonly KeptPicture[];
}

export interface UnkeptPictures extends Readable<Unkept> {
  /** Leave a picture out that was deleted from the server. */
  forget(uploadId: string): void;
}

interface RecordOptions {
  open: OpenDatabase;
  thumbnail: (file: Blob) => Promise<Blob | undefined>;
  /** Milliseconds since 1970. */
  now: () => number;
}

/**
 * Add what `queue` publishes to this device's history, and drop what is deleted there. Return what could not be added.
 *
 * Thumbnails are made when nothing is under way, because decoding a photo takes longer than signing one. Nothing here
 * fails.
 */
export function recordUploads(queue: UploadQueue, { open, thumbnail, now }: RecordOptions): UnkeptPictures {
  const unkept = createStore<Unkept>({ blocked: false, pictures: [] });
  const phases = new Map<string, UploadState["phase"]>();
  /** The id of the picture by the id of its upload. */
  const published = new Map<string, string>();
  /** Files whose pictures have no thumbnail yet, by the id of the picture. */
  const withoutThumbnail = new Map<string, File>();
  let drawing = false;

  queue.subscribe(() => {
    const isFirst = phases.size === 0;
    for (const { id, file, state } of queue.getState().uploads) {
      const before = phases.get(id);
      phases.set(id, state.phase);
      if (before === state.phase) continue;
      if (state.phase === "done") {
        const { picture } = state;
        published.set(id, picture.uploadId);
        // Restored after a reload: it was stored before, or has been dropped since.
        if (before === undefined) continue;
        withoutThumbnail.set(picture.uploadId, file);
        void keep(picture, file.name);
      }
      const uploadId = published.get(id);
      if (state.phase === "deleted" && uploadId) {
        withoutThumbnail.delete(uploadId);
        setUnkept(uploadId);
        void write((database) => database.delete("pictures", uploadId));
      }
    }
    if (isFirst && phases.size > 0) void open().then((database) => unkept.setState({ blocked: !database }));
    if (!drawing) void draw();
  });

  /** Store a picture; then there may be room again for those that could not be stored before. */
  async function keep(picture: Picture, name: string): Promise<void> {
    const kept = { ...picture, name, publishedAt: now() };
    const waiting = [kept, ...unkept.getState().pictures];
    for (const each of waiting) {
      const stored = await write((database) => database.put("pictures", each));
      if (
        queue
          .getState()
          .uploads.some(({ id, state }) => published.get(id) === each.uploadId && state.phase === "deleted")
      )
        continue;
      setUnkept(each.uploadId, stored ? undefined : each);
      if (!stored) return;
    }
  }

  /** Say that a picture is not stored; without `picture`, that it is, or need not be. */
  function setUnkept(uploadId: string, picture?: KeptPicture): void {
    const { pictures } = unkept.getState();
    const others = pictures.filter((each) => each.uploadId !== uploadId);
    if (picture || others.length < pictures.length)
      unkept.setState({ pictures: picture ? [...others, picture] : others });
  }

  async function draw(): Promise<void> {
    drawing = true;
    for (const [uploadId, file] of withoutThumbnail) {
      if (queue.getState().uploads.some(({ state }) => isUnderWay(state))) break;
      withoutThumbnail.delete(uploadId);
      const made = await thumbnail(file);
      if (!made) continue;
      await write(async (database) => {
        const transaction = database.transaction("pictures", "readwrite");
        const kept = await transaction.store.get(uploadId);
        if (kept) await transaction.store.put({ ...kept, thumbnail: made });
      });
    }
    drawing = false;
  }

  /** Return whether it was written. */
  async function write(work: (database: Database) => Promise<unknown>): Promise<boolean> {
    try {
      const database = await open();
      if (!database) return false;
      await work(database);
      return true;
    } catch {
      // The disk is full, most likely.
      return false;
    }
  }

  return { getState: unkept.getState, subscribe: unkept.subscribe, forget: setUnkept };
}
