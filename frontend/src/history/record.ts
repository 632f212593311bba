import type { Database } from "../device/database";
import { isUnderWay, type UploadQueue, type UploadState } from "../engine/queue";

/**
 * Keep what `queue` publishes in this device's history, and forget what is deleted there.
 *
 * Thumbnails are made when nothing is under way, for decoding a photo takes longer than signing one. Nothing here
 * fails: what can't be kept is not in the history.
 */
export function recordUploads(
  queue: UploadQueue,
  open: () => Promise<Database | undefined>,
  thumbnail: (file: Blob) => Promise<Blob | undefined>,
): void {
  const phases = new Map<string, UploadState["phase"]>();
  /** By upload. */
  const published = new Map<string, string>();
  const bare = new Map<string, File>();
  let drawing = false;

  queue.subscribe(() => {
    for (const { id, file, state } of queue.getSnapshot()) {
      const before = phases.get(id);
      phases.set(id, state.phase);
      if (before === state.phase) continue;
      if (state.phase === "done") {
        const { picture } = state;
        published.set(id, picture.uploadId);
        // Taken up after a reload: it was kept before, or has been forgotten since.
        if (before === undefined) continue;
        bare.set(picture.uploadId, file);
        void write((database) =>
          database.put("pictures", { ...picture, name: file.name, publishedAt: Date.now() }),
        );
      }
      const uploadId = published.get(id);
      if (state.phase === "deleted" && uploadId) {
        bare.delete(uploadId);
        void write((database) => database.delete("pictures", uploadId));
      }
    }
    if (!drawing) void draw();
  });

  async function draw(): Promise<void> {
    drawing = true;
    for (const [uploadId, file] of bare) {
      if (queue.getSnapshot().some(({ state }) => isUnderWay(state))) break;
      bare.delete(uploadId);
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
      // A full disk, most likely.
    }
  }
}
