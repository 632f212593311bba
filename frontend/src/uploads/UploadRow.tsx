import { memo, useLayoutEffect, useRef } from "react";
import type { UploadQueue } from "../engine/queue";
import { isUnderWay, type Upload, type UploadState } from "../engine/upload";
import type { Messages } from "../messages/en";
import { explain } from "../messages/explain";
import { typeName } from "../messages/format";
import { useMessages } from "../messages/useMessages";
import { PictureRow } from "../published/PictureRow";
import { Published } from "../published/Published";
import { Button } from "../ui/Button";
import { AlertIcon, CheckIcon, CrossIcon } from "../ui/icons";
import { useCaughtFocus } from "../ui/useCaughtFocus";
import styles from "./UploadRow.module.css";

/** The second click of a double click on Cancel lands on Remove, which takes its place; nobody meant that. */
const DOUBLE_CLICK_MS = 500;

interface UploadRowProps {
  upload: Upload;
  queue: UploadQueue;
  onRemove: (id: string) => void;
}

export const UploadRow = memo(function UploadRow({ upload, queue, onRemove }: UploadRowProps) {
  const messages = useMessages();
  const words = messages.upload;
  const { id, file, state, sent, trouble } = upload;
  const { phase } = state;
  const name = file.name || words.unnamed;
  const nameId = `upload-${id}`;
  const underWay = isUnderWay(state);
  const sendSize = sent?.size ?? file.size;
  const caught = useCaughtFocus<HTMLLIElement>(phase);
  const cancelledAt = useRef(0);
  useLayoutEffect(() => {
    if (phase === "cancelled") cancelledAt.current = Date.now();
  }, [phase]);

  function sizes(): string {
    if (phase === "done" && file.size === 0) return messages.bytes(state.picture.size);
    // A few kilobytes less, without metadata, are not worth a second number.
    return sendSize < 0.9 * file.size ? words.resized(file.size, sendSize) : messages.bytes(file.size);
  }

  const problem = phase === "failed" || phase === "refused" ? state.problem : trouble;
  const picture = phase === "done" ? state.picture : undefined;
  return (
    <PictureRow
      name={name}
      nameId={nameId}
      // After a reload the file of a published picture is gone; its link shows it.
      picture={picture && file.size === 0 ? picture.viewURL : file}
      data-id={id}
      data-phase={phase}
      {...caught}
      facts={
        <>
          {/* After a reload the file of a lost or refused picture is gone, and its size unknown. */}
          {file.size > 0 || picture ? <span>{sizes()}</span> : null}
          {picture ? (
            <>
              <span>{typeName(picture.contentType)}</span>
              <span>{words.dimensions(picture.width, picture.height)}</span>
              {picture.expiresAt ? <span>{words.expires(picture.expiresAt)}</span> : null}
            </>
          ) : null}
          <Status state={state} size={sendSize} messages={messages} />
        </>
      }
      details={sent && sent.removed.length > 0 ? words.removed([...sent.removed]) : undefined}
      actions={
        // The keys make them two elements: a click meant for Cancel must not remove a picture that has just finished.
        underWay ? (
          <Button
            key="cancel"
            kind="quiet"
            aria-label={words.cancelOf(name)}
            onClick={() => queue.cancel(id)}
          >
            {words.cancel}
          </Button>
        ) : (
          <Button
            key="remove"
            kind="icon"
            aria-label={words.removeOf(name)}
            title={words.removeOf(name)}
            onClick={() => Date.now() - cancelledAt.current > DOUBLE_CLICK_MS && onRemove(id)}
          >
            <CrossIcon />
          </Button>
        )
      }
      note={problem ? explain(problem, messages) : undefined}
    >
      {underWay ? (
        <progress
          className={styles.progress}
          aria-label={words.progressOf(name)}
          max={1}
          {...progressValue(state, sendSize)}
        />
      ) : null}
      {phase === "cancelled" || (phase === "failed" && state.retryable) ? (
        <Button aria-label={words.retryOf(name)} onClick={() => queue.retry(id)}>
          {words.retry}
        </Button>
      ) : null}
      {phase === "done" ? (
        <Published
          name={name}
          picture={state.picture}
          deletion={state.deletion}
          onDelete={() => void queue.deletePicture(id)}
        />
      ) : null}
    </PictureRow>
  );
});

/** Before the first byte and after the last there is no value: the bar then shows that the progress is unknown. */
function progressValue(state: UploadState, size: number): { value?: number } {
  if (state.phase === "queued" || state.phase === "waiting") return { value: 0 };
  if (state.phase === "uploading" && state.sentBytes < size) return { value: state.sentBytes / size };
  return {};
}

function Status({ state, size, messages }: { state: UploadState; size: number; messages: Messages }) {
  const words = messages.upload;
  switch (state.phase) {
    case "uploading":
      if (state.sentBytes >= size) return <span>{words.lastBytes}</span>;
      return <span>{messages.percent(Math.floor((state.sentBytes / size) * 100) / 100)}</span>;
    case "waiting":
      return <span>{words.waiting[state.reason]}</span>;
    case "done":
      return (
        <span className={`${styles.status} ${styles.good}`}>
          <CheckIcon />
          {words.done}
        </span>
      );
    case "failed":
    case "refused":
      return (
        <span className={`${styles.status} ${styles.bad}`}>
          <AlertIcon />
          {words[state.phase]}
        </span>
      );
    default:
      return <span>{words[state.phase]}</span>;
  }
}
