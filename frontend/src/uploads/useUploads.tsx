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
/** Nobody reads more changes of a list; each draws the page again. */
const LIST_MS = 100;

/** Read the list at once, and then not before a while, because many uploads change many times in it. */
export function useUploads(queue: UploadQueue): readonly Upload[] {
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      let missed = false;
      const read = () => {
        const pause = queue.getState().uploads.length > 1 ? LIST_MS : FRAME_MS;
        timer = setTimeout(() => {
          timer = undefined;
          if (missed) read();
        }, pause);
        missed = false;
        listener();
      };
      const unsubscribe = queue.subscribe(() => {
        if (timer) missed = true;
        else read();
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
