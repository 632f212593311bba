import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { browserConnection } from "../device/connection";
import type { UploadQueue } from "../engine/queue";
import type { Upload } from "../engine/upload";
import { useMessages } from "../messages/useMessages";
import { useAnnounce } from "../ui/Announcer";
import { announcements } from "./announcements";
import { summarize } from "./summary";

/** One frame. */
const FRAME_MS = 16;

/** Read the list at most once a frame, because many uploads change many times in one. */
export function useUploads(queue: UploadQueue): readonly Upload[] {
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const unsubscribe = queue.subscribe(() => {
        timer ??= setTimeout(() => {
          timer = undefined;
          listener();
        }, FRAME_MS);
      });
      return () => {
        clearTimeout(timer);
        unsubscribe();
      };
    },
    [queue],
  );
  return useSyncExternalStore(subscribe, () => queue.getState().uploads);
}

export function useOnline(): boolean {
  return useSyncExternalStore(browserConnection.subscribe, browserConnection.online);
}

/** Tell screen readers how the uploads change. */
export function useUploadAnnouncements(uploads: readonly Upload[]): void {
  const messages = useMessages();
  const announce = useAnnounce();
  const before = useRef(uploads);
  useEffect(() => {
    for (const text of announcements(before.current, uploads, messages)) announce(text);
    before.current = uploads;
  }, [uploads, messages, announce]);
}

/** Show the progress in the tab's title, or the name of the view if nothing is under way. */
export function useProgressTitle(uploads: readonly Upload[], view: string | undefined): void {
  const { percent, siteName } = useMessages();
  const { underWay, fraction } = summarize(uploads);
  const first = underWay > 0 ? percent(Math.round(fraction * 100) / 100) : view;
  const title = first ? `${first} · ${siteName}` : siteName;
  useEffect(() => {
    document.title = title;
  }, [title]);
}
