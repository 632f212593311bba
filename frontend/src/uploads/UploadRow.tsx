import { memo, useLayoutEffect, useRef } from "react";
import { isUnderWay, type Upload, type UploadQueue, type UploadState } from "../engine/queue";
import type { Messages } from "../messages/en";
import { useMessages } from "../messages/useMessages";
import { Published } from "../published/Published";
import { Thumbnail } from "../published/Thumbnail";
import { Button } from "../ui/Button";
import { AlertIcon, CheckIcon, CrossIcon } from "../ui/icons";
import { useCaughtFocus } from "../ui/useCaughtFocus";
import styles from "./UploadRow.module.css";

/** The second half of a double click on Cancel meets what stands there then, and was not meant for it. */
const DOUBLE_CLICK_MS = 500;

interface UploadRowProps {
  upload: Upload;
  queue: UploadQueue;
  onRemove: (id: string) => void;
}

export const UploadRow = memo(function UploadRow({ upload, queue, onRemove }: UploadRowProps) {
  const messages = useMessages();
  const words = messages.upload;
  const { id, file, state, sent } = upload;
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
    // A few kilobytes of metadata are no change that is worth a number.
    return sendSize < 0.9 * file.size ? words.resized(file.size, sendSize) : messages.bytes(file.size);
  }

  return (
    <li className={styles.row} aria-labelledby={nameId} data-id={id} data-phase={phase} {...caught}>
      <div className={styles.thumbnail}>
        {/* After a reload, the file of what was published before is no longer at hand. */}
        <Thumbnail source={phase === "done" && file.size === 0 ? state.picture.viewURL : file} />
      </div>
      <div className={styles.what}>
        <p className={styles.name} id={nameId} title={name}>
          {name}
        </p>
        <p className={styles.meta}>
          {/* Of what was lost or refused before a reload, the file is no longer at hand. */}
          {file.size > 0 || phase === "done" ? <span>{sizes()}</span> : null}
          {phase === "done" ? (
            <>
              <span>{messages.typeName(state.picture.contentType)}</span>
              <span>{words.dimensions(state.picture.width, state.picture.height)}</span>
              {state.picture.expiresAt ? <span>{words.expires(state.picture.expiresAt)}</span> : null}
            </>
          ) : null}
          <Status state={state} size={sendSize} messages={messages} />
        </p>
        {sent && sent.removed.length > 0 ? (
          <p className={styles.meta}>{words.removed([...sent.removed])}</p>
        ) : null}
      </div>
      <div className={styles.actions}>
        {/* Keys, for they must not be one element: a click meant for Cancel would remove what has just finished. */}
        {underWay ? (
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
        )}
      </div>
      <div className={styles.below}>
        {underWay ? (
          <progress
            className={styles.progress}
            aria-label={words.progressOf(name)}
            max={1}
            {...progressValue(state, sendSize)}
          />
        ) : null}
        {phase === "failed" || phase === "refused" ? (
          <p className={styles.reason}>{messages.problem(state.problem)}</p>
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
      </div>
    </li>
  );
});

/** No value before the first byte and after the last: the bar then shows that it can't tell. */
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
      return <span>{words.percent(Math.floor((state.sentBytes / size) * 100) / 100)}</span>;
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
