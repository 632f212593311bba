import { type ChangeEvent, type ReactNode, type Ref, useId } from "react";
import type { Limits } from "../api/wire";
import { opensCamera } from "../device/hands";
import { choosableHeic } from "../device/heic";
import { useMessages } from "../messages/useMessages";
import styles from "./DropZone.module.css";
import { loadHeld } from "./intake";
import type { Remark } from "./remark";

declare module "react" {
  interface InputHTMLAttributes<T> {
    /** Not in React's types: https://developer.mozilla.org/docs/Web/API/HTMLInputElement/webkitdirectory */
    webkitdirectory?: "";
  }
}

interface DropZoneProps {
  accepted: Limits;
  compact: boolean;
  inputRef: Ref<HTMLInputElement>;
  /** `remark` says what in a folder was left out, and why. */
  onFiles: (files: File[], remark?: Remark) => void;
  /** What is said beside the button. */
  children?: ReactNode;
}

export function DropZone({ accepted, compact, inputRef, onFiles, children }: DropZoneProps) {
  const { choose } = useMessages();
  const id = useId();
  const types = accepted.contentTypes.map((type) => type.contentType);
  const accept = accepted.contentTypes
    .flatMap(({ contentType, extensions }) => [
      contentType,
      ...extensions.map((extension) => `.${extension}`),
    ])
    .concat(choosableHeic(navigator))
    .join(",");

  const changed = (take: (files: File[]) => void) => (event: ChangeEvent<HTMLInputElement>) => {
    if (event.target.files) take([...event.target.files]);
    // Otherwise choosing the same file again would fire no event.
    event.target.value = "";
  };
  const take = changed((files) => onFiles(files));
  const takeFolder = changed((files) => {
    // Where the network has gone in the meantime, each file gets a row, which says what it is.
    loadHeld().then(
      ({ fromFolder }) => {
        const found = fromFolder(files);
        onFiles(found.files, found.remark);
      },
      () => onFiles(files),
    );
  });

  return (
    <div className={`${styles.zone} ${compact ? styles.compact : ""}`}>
      <Art />
      <label className={styles.button} htmlFor={`${id}-input`}>
        {choose.button}
      </label>
      {children}
      <p className={styles.hint} id={`${id}-hint`}>
        <span>{choose.limits([...types, "image/heic"], accepted.maxUploadBytes)}</span>
        <span>{choose.privacy}</span>
      </p>
      <input
        ref={inputRef}
        className={styles.input}
        id={`${id}-input`}
        type="file"
        multiple
        accept={accept}
        aria-describedby={`${id}-hint`}
        // Without an empty title the browser shows "No file chosen" as a tooltip.
        title=""
        onChange={take}
      />
      <div className={styles.others}>
        <label className={`${styles.other} ${styles.folder}`}>
          {choose.folder}
          <input className="visually-hidden" type="file" webkitdirectory="" onChange={takeFolder} />
        </label>
        {opensCamera() ? (
          <label className={`${styles.other} ${styles.camera}`}>
            {choose.camera}
            <input
              className="visually-hidden"
              type="file"
              accept={accept}
              capture="environment"
              onChange={take}
            />
          </label>
        ) : null}
      </div>
    </div>
  );
}

/** Prints on a table, one of them about to become a link. */
function Art() {
  return (
    <svg className={styles.art} viewBox="0 0 136 96" fill="none" aria-hidden="true">
      <g stroke="currentColor" strokeWidth="2" strokeLinejoin="round">
        <rect
          x="20"
          y="24"
          width="56"
          height="60"
          rx="5"
          transform="rotate(-9 48 54)"
          fill="var(--sunken)"
          opacity="0.7"
        />
        <rect
          x="62"
          y="22"
          width="56"
          height="60"
          rx="5"
          transform="rotate(8 90 52)"
          fill="var(--sunken)"
          opacity="0.7"
        />
        <rect x="38" y="12" width="60" height="68" rx="5" fill="var(--surface)" />
        <rect x="45" y="19" width="46" height="42" rx="2" fill="var(--accent-soft)" />
        <circle cx="79" cy="30" r="4.5" fill="#f3c969" stroke="none" />
        <path d="m45 57 12-15a2 2 0 0 1 3.200 0l8 10 4.500-5a2 2 0 0 1 3 0L91 60" />
        <path d="M60 70.500h16" strokeLinecap="round" />
      </g>
    </svg>
  );
}
