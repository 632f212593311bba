import type { UploadQueue } from "../engine/queue";

/** Deletions that run at a time. */
const LANES = 3;

export function retryAll(queue: UploadQueue, ids: readonly string[]): void {
  for (const id of ids) queue.retry(id);
}

/** Cancel the last ones first: otherwise each that is cancelled would let the next one start. */
export function cancelAll(queue: UploadQueue): void {
  for (const { id } of [...queue.getState().uploads].reverse()) queue.cancel(id);
}

/** Delete pictures, a few at a time: the server takes only so many requests. */
export async function deleteAll(queue: UploadQueue, ids: readonly string[]): Promise<void> {
  const left = ids.values();
  const lane = async () => {
    for (const id of left) await queue.deletePicture(id);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
