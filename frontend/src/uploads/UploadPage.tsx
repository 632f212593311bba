import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { handsOf } from "../device/hands";
import type { SettingsStore } from "../device/settings";
import { openShared } from "../device/shareTarget";
import type { LimitsStore } from "../engine/limits";
import type { UploadQueue } from "../engine/queue";
import { useMessages } from "../messages/useMessages";
import { useAnnounce } from "../ui/Announcer";
import { Button } from "../ui/Button";
import { Later, loadAhead } from "../ui/Later";
import { Title } from "../ui/Title";
import { useLeaveWarning } from "../ui/useLeaveWarning";
import { useStore } from "../ui/useStore";
import { DropZone } from "./DropZone";
import { listenForFiles, loadHeld } from "./intake";
import { loadOptionFields, Options, OptionsInUse } from "./Options";
import { loadRemark, Remarks } from "./Remarks";
import type { Remark } from "./remark";
import { summarize } from "./summary";
import styles from "./UploadPage.module.css";
import { useOnline, useProgressTitle, useUploadAnnouncements, useUploads } from "./useUploads";

const loadShared = async () => (await import("./Shared")).Shared;
const loadUploadList = async () => (await import("./UploadList")).UploadList;

export interface UploadPageProps {
  /** The title of the view that is shown in this one's place; the page still takes pictures then. */
  elsewhere?: string | undefined;
  limits: LimitsStore;
  queue: UploadQueue;
  settings: SettingsStore;
}

export function UploadPage({ elsewhere, limits, queue, settings }: UploadPageProps) {
  const hidden = elsewhere !== undefined;
  const messages = useMessages();
  const announce = useAnnounce();
  const uploads = useUploads(queue);
  const { limits: accepted, status } = useStore(limits);
  const online = useOnline();
  const [dragging, setDragging] = useState(false);
  const [remark, setRemark] = useState<Remark>();
  const [shared, setShared] = useState<Cache>();
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const chooser = useRef<HTMLInputElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const wasHidden = useRef(hidden);

  useUploadAnnouncements(uploads);
  useProgressTitle(uploads, elsewhere);
  useLeaveWarning(summarize(uploads).underWay > 0);

  const take = useCallback(
    (files: File[], about?: Remark) => {
      setRemark(about);
      if (files.length === 0) return;
      const before = new Set(queue.getState().uploads.map(({ id }) => id));
      queue.add(files);
      const ids = queue.getState().uploads.map(({ id }) => id);
      setFresh(new Set(ids.filter((id) => !before.has(id))));
      if (hidden) location.hash = "";
    },
    [queue, hidden],
  );
  // The browser's Back button, or a drop, removed the other view and the focus in it.
  useEffect(() => {
    if (wasHidden.current && !hidden && document.activeElement === document.body) heading.current?.focus();
    wasHidden.current = hidden;
  }, [hidden]);
  const focusChooser = useCallback(() => chooser.current?.focus(), []);
  useEffect(() => {
    void openShared().then(setShared);
  }, []);
  const sharedAnswered = useCallback(
    (discarded: number) => {
      setShared(undefined);
      focusChooser();
      if (discarded > 0) announce(messages.shared.discarded(discarded));
    },
    [announce, focusChooser, messages],
  );
  // Before the first paint: a quick person may drop a file at once.
  useLayoutEffect(() => listenForFiles(window, { onFiles: take, onDrag: setDragging }), [take]);

  useEffect(() => {
    // After the first paint, for nothing of it is shown yet.
    const ahead = () => loadAhead(loadUploadList, loadOptionFields, loadHeld, loadRemark);
    if (document.readyState === "complete") ahead();
    else window.addEventListener("load", ahead, { once: true });
    return () => window.removeEventListener("load", ahead);
  }, []);

  // At the start, and when the network is back while the server's limits are unknown.
  useEffect(() => {
    if (online && limits.getState().status !== "known") void limits.load();
  }, [limits, online]);

  const compact = uploads.length > 0;
  return (
    <>
      {dragging ? (
        <div className={styles.overlay} data-testid="drop-overlay">
          <p className={styles.overlayText}>{messages.choose.dropHere}</p>
        </div>
      ) : null}
      {/* Whichever view is shown: it takes what is dropped there, too. */}
      <Remarks remark={remark} onFiles={take} onClose={() => setRemark(undefined)} />
      <div className={compact ? styles.compact : undefined} hidden={hidden}>
        {shared ? (
          <Later load={loadShared} props={{ cache: shared, onFiles: take, onAnswered: sharedAnswered }} />
        ) : null}
        <div className={styles.intro}>
          <Title className={styles.title} ref={heading}>
            {messages.intro.title}
          </Title>
          <p className={styles.lead}>{messages.intro.lead(handsOf(window))}</p>
        </div>

        {/* Always rendered: screen readers may ignore a region that appears together with its text. */}
        <div role="status">
          {online ? null : (
            <div className={styles.notice}>
              <p className={styles.noticeText}>{messages.server.offline}</p>
            </div>
          )}
          {online && status === "unknown" ? (
            <div className={styles.notice}>
              <p className={styles.noticeText}>{messages.server.unreachable}</p>
              <Button onClick={() => void limits.load()}>{messages.server.retry}</Button>
            </div>
          ) : null}
        </div>

        <DropZone accepted={accepted} compact={compact} inputRef={chooser} onFiles={take}>
          <OptionsInUse settings={settings} fallback={chooser} />
        </DropZone>
        <Options accepted={accepted} settings={settings} newest={uploads.at(-1)?.file} />
        {uploads.length > 0 ? (
          <Later load={loadUploadList} props={{ queue, settings, uploads, fresh, onEmptied: focusChooser }} />
        ) : null}
      </div>
    </>
  );
}
