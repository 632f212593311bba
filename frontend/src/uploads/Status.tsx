import type { UploadState } from "../engine/upload";
import { useMessages } from "../messages/useMessages";
import { AlertIcon, CheckIcon } from "../ui/icons";
import styles from "./Status.module.css";

/** Says in a word or two how far an upload is; `size` is how many bytes are sent. */
export function Status({ state, size }: { state: UploadState; size: number }) {
  const { upload: words, percent } = useMessages();
  switch (state.phase) {
    case "uploading":
      if (state.sentBytes >= size) return <span>{words.lastBytes}</span>;
      return <span>{percent(Math.floor((state.sentBytes / size) * 100) / 100)}</span>;
    case "waiting":
      return <span>{words.waiting[state.reason]}</span>;
    case "done":
      if (state.deletion === "running") return <span role="status">{words.deleting}</span>;
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
    case "deleted":
      return null;
    default:
      return <span>{words[state.phase]}</span>;
  }
}

/** Shows how much of an upload is sent. */
export function Progress({ name, state, size }: { name: string; state: UploadState; size: number }) {
  const { upload: words } = useMessages();
  return (
    <progress
      className={styles.progress}
      aria-label={words.progressOf(name)}
      max={1}
      {...progressValue(state, size)}
    />
  );
}

/** Before the first byte and after the last there is no value: the bar then shows that the progress is unknown. */
function progressValue(state: UploadState, size: number): { value?: number } {
  if (state.phase === "queued" || state.phase === "waiting") return { value: 0 };
  if (state.phase === "uploading" && state.sentBytes < size) return { value: state.sentBytes / size };
  return {};
}
