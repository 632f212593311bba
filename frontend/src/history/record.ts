import type { Database, OpenDatabase } from "../device/database";
import type { UploadQueue } from "../engine/queue";
import { isUnderWay, type UploadState } from "../engine/upload";

/**
 * Add what `queue` publishes to this device's history, and drop what is deleted there.
 *
 * Thumbnails are made when nothing is under way, because decoding a photo takes longer than signing one. Nothing here
 * fails: what can't be stored is not in the history.
 */
export function recordUploads(
  queue: UploadQueue,
  open: OpenDatabase,
  thumbnail: (file: Blob) => Promise<Blob | undefined>,
): void {
  const phases = new Map<string, UploadState["phase"]>();
  /** The id of the picture by the id of its upload. */
  const published = new Map<string, string>();
  /** Files whose pictures have no thumbnail yet, by the id of the picture. */
  const withoutThumbnail = new Map<string, File>();
  let drawing = false;

  queue.subscribe(() => {
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
        void write((database) =>
          database.put("pictures", { ...picture, name: file.name, publishedAt: Date.now() }),
        );
      }
      const uploadId = published.get(id);
      if (state.phase === "deleted" && uploadId) {
        withoutThumbnail.delete(uploadId);
        void write((database) => database.delete("pictures", uploadId));
      }
    }
    if (!drawing) void draw();
  });

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

  async function write(work: (database: Database) => Promise<unknown>): Promise<void> {
    try {
      const database = await open();
      if (database) await work(database);
    } catch {
      // The disk is full, most likely.
    }
  }
}
