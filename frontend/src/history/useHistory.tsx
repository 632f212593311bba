import { useCallback, useEffect, useMemo, useState } from "react";
import type { Api } from "../api/client";
import { problemOf } from "../api/problem";
import type { KeptPicture } from "../device/database";
import type { KeptPictures } from "../device/keptPictures";
import type { UploadQueue } from "../engine/queue";
import type { Deletion } from "../published/PictureMenu";
import { useStore } from "../ui/useStore";
import type { UnkeptPictures } from "./record";

/** Deletions that run at a time. */
const LANES = 3;

/** `unavailable`: the browser stores nothing; `unreadable`: what it stores can't be read. */
export type HistoryState = "loading" | "read" | "unavailable" | "unreadable";

export interface History {
  state: HistoryState;
  /** Newest first; with what was deleted on this page, until the next visit. */
  listed: readonly KeptPicture[];
  /** Without what was deleted. */
  all: readonly KeptPicture[];
  deletionOf(uploadId: string): Deletion | "done";
  load(): Promise<void>;
  /** Delete pictures from the server and from here; return how many are deleted. */
  remove(pictures: readonly KeptPicture[]): Promise<number>;
}

interface HistoryOptions {
  api: Pick<Api, "remove">;
  kept: KeptPictures;
  queue: Pick<UploadQueue, "getState" | "subscribe" | "remove">;
  unkept: UnkeptPictures;
}

/** Read the pictures of this device, and those that it could not keep while this tab is open. */
export function useHistory({ api, kept, queue, unkept }: HistoryOptions): History {
  const [state, setState] = useState<HistoryState>("loading");
  const [stored, setStored] = useState<readonly KeptPicture[]>([]);
  const [deletions, setDeletions] = useState<ReadonlyMap<string, Deletion | "done">>(new Map());
  const { pictures: held } = useStore(unkept);

  const load = useCallback(async () => {
    try {
      const all = await kept.all();
      setStored(all ?? []);
      setState(all ? "read" : "unavailable");
    } catch {
      setState("unreadable");
    }
  }, [kept]);
  useEffect(() => {
    void load();
    let before = countDone(queue);
    return queue.subscribe(() => {
      const done = countDone(queue);
      if (done > before) void load();
      before = done;
    });
  }, [queue, load]);

  const listed = useMemo(() => merge(held, stored), [held, stored]);
  const all = useMemo(
    () => listed.filter(({ uploadId }) => deletions.get(uploadId) !== "done"),
    [listed, deletions],
  );

  const remove = useCallback(
    async (pictures: readonly KeptPicture[]) => {
      const left = pictures.values();
      const set = (id: string, deletion: Deletion | "done") =>
        setDeletions((before) => new Map(before).set(id, deletion));
      let deleted = 0;
      const lane = async () => {
        for (const picture of left) {
          const { uploadId, deleteToken } = picture;
          set(uploadId, "running");
          try {
            await api.remove(deleteToken);
            await kept.forget(deleteToken);
            unkept.forget(uploadId);
            forgetUpload(queue, uploadId);
            set(uploadId, "done");
            deleted++;
          } catch (error) {
            set(uploadId, problemOf(error));
          }
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      return deleted;
    },
    [api, kept, queue, unkept],
  );

  const deletionOf = useCallback((uploadId: string) => deletions.get(uploadId) ?? "none", [deletions]);
  return { state, listed, all, deletionOf, load, remove };
}

function merge(held: readonly KeptPicture[], stored: readonly KeptPicture[]): readonly KeptPicture[] {
  if (held.length === 0) return stored;
  const ids = new Set(stored.map(({ uploadId }) => uploadId));
  const others = held.filter(({ uploadId }) => !ids.has(uploadId));
  return [...others, ...stored].sort((a, b) => b.publishedAt - a.publishedAt);
}

function forgetUpload(queue: HistoryOptions["queue"], uploadId: string): void {
  const upload = queue
    .getState()
    .uploads.find(({ state }) => state.phase === "done" && state.picture.uploadId === uploadId);
  if (upload) queue.remove(upload.id);
}

function countDone(queue: HistoryOptions["queue"]): number {
  return queue.getState().uploads.filter(({ state }) => state.phase === "done").length;
}
