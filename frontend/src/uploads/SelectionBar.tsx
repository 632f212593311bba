import { useState } from "react";
import type { UploadQueue } from "../engine/queue";
import type { Upload } from "../engine/upload";
import { listWords } from "../messages/list";
import { useMessages, useWords } from "../messages/useMessages";
import { AlbumButton } from "../published/AlbumButton";
import { CopyWithFormat } from "../published/CopyWithFormat";
import type { Selection } from "../published/selection";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Question } from "../ui/Question";
import { deleteAll, retryAll } from "./bulk";
import { isRetryable } from "./filters";
import { inAlbum } from "./inAlbum";
import styles from "./ListHead.module.css";

interface SelectionBarProps {
  /** What is selected, in the order of the list. */
  uploads: readonly Upload[];
  selection: Selection;
  queue: UploadQueue;
  onHide: (ids: readonly string[]) => void;
}

/** What can be done with the selected pictures; it takes the place of what holds for all. */
export function SelectionBar({ uploads, selection, queue, onHide }: SelectionBarProps) {
  const { upload } = useMessages();
  const words = useWords(listWords);
  const [asks, setAsks] = useState(false);
  const done = uploads.filter(({ state }) => state.phase === "done" && state.deletion !== "running");
  const failed = uploads.filter(isRetryable).map(({ id }) => id);
  return (
    <fieldset className={styles.line} aria-label={words.selection}>
      <p className={styles.count} role="status">
        {words.selected(uploads.length)}
      </p>
      {done.length > 0 ? (
        <CopyWithFormat
          pictures={() => done.flatMap(({ state }) => (state.phase === "done" ? [state.picture] : []))}
        />
      ) : null}
      {done.length > 1 ? <AlbumButton pictures={() => inAlbum(done)} /> : null}
      {failed.length > 0 ? <Button onClick={() => retryAll(queue, failed)}>{upload.retry}</Button> : null}
      <Button onClick={() => onHide(selection.ids)}>{upload.hide}</Button>
      {done.length > 0 ? (
        <Button className={styles.delete} onClick={() => setAsks(true)}>
          {upload.delete}
        </Button>
      ) : null}
      <Button kind="quiet" onClick={selection.all}>
        {words.selectAll}
      </Button>
      <Button kind="quiet" onClick={selection.clear}>
        {words.selectNone}
      </Button>
      {asks ? (
        <Dialog label={upload.delete} onClose={() => setAsks(false)}>
          <Question
            text={words.deleteQuestion(done.length)}
            yes={[words.deleteConfirm(done.length), words.deleteConfirm(done.length)]}
            no={[words.deleteKeep(done.length), words.deleteKeep(done.length)]}
            onYes={() => {
              setAsks(false);
              void deleteAll(
                queue,
                done.map(({ id }) => id),
              );
            }}
            onNo={() => setAsks(false)}
          />
        </Dialog>
      ) : null}
    </fieldset>
  );
}
