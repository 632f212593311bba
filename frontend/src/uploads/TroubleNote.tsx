import { useEffect, useRef } from "react";
import type { UploadQueue } from "../engine/queue";
import { listWords } from "../messages/list";
import { useWords } from "../messages/useMessages";
import { Button } from "../ui/Button";
import { focusTokenField } from "../ui/TokenField";
import { retryAll } from "./bulk";
import styles from "./TroubleNote.module.css";
import type { OneCause } from "./trouble";

interface TroubleNoteProps {
  cause: OneCause;
  queue: UploadQueue;
  /** A token was sent, so the server knows no such token. */
  hasToken: boolean;
}

/** Says once why several pictures did not arrive, with one button for all. */
export function TroubleNote({ cause, queue, hasToken }: TroubleNoteProps) {
  const words = useWords(listWords);
  const { token, ids } = cause;
  const focused = useRef(false);
  useEffect(() => {
    if (!token || focused.current) return;
    focused.current = true;
    const { activeElement } = document;
    // Not while a person is somewhere else.
    const free = activeElement === document.body || activeElement?.matches("input[type=file], li");
    if (free) focusTokenField();
  }, [token]);
  return (
    <div className={styles.note} role="alert">
      <p className={styles.text}>
        <strong>{words.sameCause(ids.length)}</strong> {token && hasToken ? words.tokenRefused : cause.reason}
      </p>
      {cause.retryable ? <Button onClick={() => retryAll(queue, ids)}>{words.retryAll}</Button> : null}
    </div>
  );
}
