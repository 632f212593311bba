import { memo, useState } from "react";
import { type Problem, problemOf } from "../api/problem";
import type { KeptPicture } from "../device/database";
import { useMessages } from "../messages/useMessages";
import { Published } from "../published/Published";
import { Thumbnail } from "../published/Thumbnail";
import { useAnnounce } from "../ui/Announcer";
import { useCaughtFocus } from "../ui/useCaughtFocus";
import styles from "../uploads/UploadRow.module.css";

interface HistoryRowProps {
  kept: KeptPicture;
  /** Delete it from the server, and forget it. */
  onDelete(kept: KeptPicture): Promise<void>;
}

export const HistoryRow = memo(function HistoryRow({ kept, onDelete }: HistoryRowProps) {
  const messages = useMessages();
  const announce = useAnnounce();
  const words = messages.upload;
  const [deletion, setDeletion] = useState<"none" | "running" | "done" | Problem>("none");
  const name = kept.name || words.unnamed;
  const nameId = `kept-${kept.uploadId}`;

  const caught = useCaughtFocus<HTMLLIElement>(deletion);

  const remove = async () => {
    setDeletion("running");
    try {
      await onDelete(kept);
      setDeletion("done");
      announce(messages.announce.deleted(name));
    } catch (error) {
      setDeletion(problemOf(error));
    }
  };

  return (
    <li className={styles.row} aria-labelledby={nameId} {...caught}>
      <div className={styles.thumbnail}>
        <Thumbnail source={kept.thumbnail ?? kept.viewURL} />
      </div>
      <div className={styles.what}>
        <p className={styles.name} id={nameId} title={name}>
          {name}
        </p>
        <p className={styles.meta}>
          <span>{messages.history.uploaded(kept.publishedAt)}</span>
          <span>{messages.bytes(kept.size)}</span>
          <span>{messages.typeName(kept.contentType)}</span>
          <span>{words.dimensions(kept.width, kept.height)}</span>
          {kept.expiresAt ? (
            <span>
              {Date.parse(kept.expiresAt) < Date.now()
                ? messages.history.expired
                : words.expires(kept.expiresAt)}
            </span>
          ) : null}
        </p>
      </div>
      <div className={styles.below}>
        {deletion === "done" ? (
          <p className={styles.reason}>{words.deleted}</p>
        ) : (
          <Published name={name} picture={kept} deletion={deletion} onDelete={() => void remove()} />
        )}
      </div>
    </li>
  );
});
