import { useCallback, useRef, useState } from "react";
import type { SettingsStore, SnippetFormat } from "../device/settings";
import type { UploadQueue } from "../engine/queue";
import type { Upload } from "../engine/upload";
import type { Messages } from "../messages/en";
import { useMessages } from "../messages/useMessages";
import { PictureList } from "../published/PictureRow";
import { SNIPPET_FORMATS, snippet } from "../published/snippets";
import { useAnnounce } from "../ui/Announcer";
import { Button } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { useCaughtFocus } from "../ui/useCaughtFocus";
import { useStore } from "../ui/useStore";
import { summarize } from "./summary";
import styles from "./UploadList.module.css";
import { UploadRow } from "./UploadRow";
import { usePace, usePaused } from "./useUploads";

interface UploadListProps {
  queue: UploadQueue;
  settings: SettingsStore;
  uploads: readonly Upload[];
  /** The last row is gone, and the focus with it. */
  onEmptied: () => void;
}

/** Outside the component: React would call a new function, and select again, on every render. */
const select = (area: HTMLTextAreaElement | null) => area?.select();

export function UploadList({ queue, settings, uploads, onEmptied }: UploadListProps) {
  const messages = useMessages();
  const announce = useAnnounce();
  const list = useRef<HTMLUListElement>(null);
  const [byHand, setByHand] = useState<string>();
  const paused = usePaused(queue);
  const pace = usePace(uploads);
  const { format } = useStore(settings);
  // Stable, because each new function renders every row again, and there may be hundreds.
  const remove = useCallback(
    (id: string) => {
      const listed = queue.getState().uploads;
      const index = listed.findIndex((upload) => upload.id === id);
      const removed = listed[index];
      const neighbour = listed[index + 1] ?? listed[index - 1];
      // Before the row goes: otherwise the focus would jump to the top of the page.
      if (neighbour) list.current?.querySelector<HTMLElement>(`[data-id="${neighbour.id}"]`)?.focus();
      queue.remove(id);
      if (!neighbour) onEmptied();
      if (removed) announce(messages.announce.removed(removed.file.name || messages.upload.unnamed));
    },
    [queue, messages, announce, onEmptied],
  );
  const { done, troubled, underWay, fraction } = summarize(uploads);
  const notDone = troubled + underWay;
  const caught = useCaughtFocus<HTMLElement>(underWay > 0);

  const pictures = uploads.flatMap(({ state }) => (state.phase === "done" ? [state.picture] : []));

  return (
    <section className={styles.section} aria-labelledby="uploads-title" {...caught}>
      <div className={styles.head}>
        <h2 className={styles.title}>
          <span id="uploads-title">{messages.list.label}</span>
          <span className={styles.count}>
            {notDone === 0 ? messages.list.uploaded(done) : messages.list.uploadedOf(done, done + notDone)}
          </span>
        </h2>
        {underWay > 0 ? (
          <div className={styles.pace}>
            <span>
              {paused
                ? messages.list.paused
                : pace
                  ? `${messages.list.pace(pace.bytesPerSecond)} · ${timeLeft(pace.secondsLeft, messages)}`
                  : null}
            </span>
            <Button kind="small" onClick={() => (paused ? queue.resume() : queue.pause())}>
              {paused ? messages.list.resume : messages.list.pause}
            </Button>
          </div>
        ) : null}
        {pictures.length >= 2 ? (
          <div className={styles.copy}>
            <select
              aria-label={messages.list.format}
              value={format}
              onChange={(event) => settings.setState({ format: event.target.value as SnippetFormat })}
            >
              {SNIPPET_FORMATS.map((each) => (
                <option key={each} value={each}>
                  {messages.copy.formats[each]}
                </option>
              ))}
            </select>
            <CopyButton
              text={pictures.map((picture) => snippet(format, picture)).join("\n")}
              label={messages.list.copyAll}
              name={messages.list.copyAll}
              what={messages.announce.links(pictures.length)}
              onByHand={setByHand}
            />
          </div>
        ) : null}
      </div>
      {underWay > 1 ? (
        <progress className={styles.progress} aria-label={messages.list.progress} max={1} value={fraction} />
      ) : null}
      {byHand === undefined ? null : (
        <label className={styles.byHand}>
          {messages.copy.failed}
          <textarea readOnly value={byHand} ref={select} />
        </label>
      )}
      <PictureList ref={list} aria-labelledby="uploads-title">
        {uploads.map((upload) => (
          <UploadRow key={upload.id} upload={upload} queue={queue} onRemove={remove} />
        ))}
      </PictureList>
    </section>
  );
}

function timeLeft(seconds: number, { list }: Messages): string {
  if (seconds < 60) return list.secondsLeft(Math.max(1, Math.round(seconds)));
  return list.minutesLeft(Math.round(seconds / 60));
}
