import { useEffect, useRef, useSyncExternalStore } from "react";
import { useAnnounce } from "../Announcer";
import { browserConnection } from "../connection";
import { useMessages } from "../messages/useMessages";
import { announcements } from "./announcements";
import type { LimitsSnapshot, LimitsStore } from "./limits";
import type { Upload, UploadQueue } from "./queue";
import { summarize } from "./summary";

export function useUploads(queue: UploadQueue): readonly Upload[] {
  return useSyncExternalStore(queue.subscribe, queue.getSnapshot);
}

export function useLimits(store: LimitsStore): LimitsSnapshot {
  return useSyncExternalStore(store.subscribe, store.getSnapshot);
}

export function useOnline(): boolean {
  return useSyncExternalStore(browserConnection.subscribe, browserConnection.online);
}

/** Tell screen readers what becomes of the uploads. */
export function useUploadAnnouncements(uploads: readonly Upload[]): void {
  const messages = useMessages();
  const announce = useAnnounce();
  const before = useRef(uploads);
  useEffect(() => {
    for (const text of announcements(before.current, uploads, messages)) announce(text);
    before.current = uploads;
  }, [uploads, messages, announce]);
}

/** Progress in the tab's title, for those who look at another tab meanwhile. */
export function useProgressTitle(uploads: readonly Upload[]): void {
  const { pageTitle } = useMessages();
  const { underWay, fraction } = summarize(uploads);
  const title = pageTitle(underWay > 0 ? Math.round(fraction * 100) / 100 : undefined);
  useEffect(() => {
    document.title = title;
  }, [title]);
}

/** Have the browser ask before the tab is closed while something would be lost. */
export function useLeaveWarning(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    // Only while needed: a page with this listener is kept out of the back/forward cache.
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [active]);
}
