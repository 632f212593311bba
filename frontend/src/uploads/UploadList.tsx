import { useRef, useState } from "react";
import { useAnnounce } from "../Announcer";
import { CopyButton } from "../CopyButton";
import { useMessages } from "../messages/useMessages";
import type { Upload, UploadQueue } from "./queue";
import { summarize } from "./summary";
import styles from "./UploadList.module.css";
import { UploadRow } from "./UploadRow";

interface UploadListProps {
  queue: UploadQueue;
  uploads: readonly Upload[];
  /** The last row has gone, and with it what had the focus. */
  onEmptied: () => void;
}

export function UploadList({ queue, uploads, onEmptied }: UploadListProps) {
  const messages = useMessages();
  const announce = useAnnounce();
  const list = useRef<HTMLUListElement>(null);
  const [byHand, setByHand] = useState<string>();
  if (uploads.length === 0) return null;

  const { done, troubled, underWay } = summarize(uploads);
  const links = uploads.flatMap(({ state }) => (state.phase === "done" ? [state.picture.viewURL] : []));

  const remove = (id: string) => {
    const index = uploads.findIndex((upload) => upload.id === id);
    const removed = uploads[index];
    const neighbour = uploads[index + 1] ?? uploads[index - 1];
    // Before the row goes, for the focus would go with it, back to the top of the page.
    if (neighbour) list.current?.querySelector<HTMLElement>(`[data-id="${neighbour.id}"]`)?.focus();
    queue.remove(id);
    if (!neighbour) onEmptied();
    if (removed) announce(messages.announce.removed(removed.file.name || messages.upload.unnamed));
  };

  return (
    <section className={styles.section} aria-labelledby="uploads-title">
      <div className={styles.head}>
        <h2 className={styles.title}>
          <span id="uploads-title">{messages.list.label}</span>
          <span className={styles.count}>{messages.list.summary(done, done + troubled + underWay)}</span>
        </h2>
        {links.length >= 2 ? (
          <CopyButton
            text={links.join("\n")}
            label={messages.list.copyAll}
            name={messages.list.copyAll}
            what={messages.announce.links(links.length)}
            onRefused={setByHand}
          />
        ) : null}
      </div>
      {byHand === undefined ? null : (
        <label className={styles.byHand}>
          {messages.copy.failed}
          <textarea readOnly value={byHand} ref={(area) => area?.select()} />
        </label>
      )}
      <ul className={styles.list} ref={list} aria-labelledby="uploads-title">
        {uploads.map((upload) => (
          <UploadRow key={upload.id} upload={upload} queue={queue} onRemove={remove} />
        ))}
      </ul>
    </section>
  );
}
