import { useEffect, useId, useRef } from "react";
import { intakeWords } from "../messages/intake";
import { useWords } from "../messages/useMessages";
import { Thumbnail } from "../published/Thumbnail";
import { Button } from "../ui/Button";
import { CrossIcon } from "../ui/icons";
import styles from "./Remarks.module.css";
import type { Remark } from "./remark";

interface RemarkNoteProps {
  remark: Remark;
  onFiles: (files: File[]) => void;
  onClose: () => void;
}

/** Says what was left out and why, or asks about a picture that came with text. */
export function RemarkNote({ remark, onFiles, onClose }: RemarkNoteProps) {
  const words = useWords(intakeWords);
  if (remark.kind === "asked") return <Asked files={remark.files} onFiles={onFiles} onClose={onClose} />;
  return (
    <div className={styles.note}>
      <p>{remark.kind === "leftOut" ? words.leftOut(remark.leftOut) : words[remark.kind]}</p>
      <Button kind="icon" aria-label={words.close} title={words.close} onClick={onClose}>
        <CrossIcon />
      </Button>
    </div>
  );
}

function Asked({ files, onFiles, onClose }: { files: File[] } & Omit<RemarkNoteProps, "remark">) {
  const words = useWords(intakeWords);
  const id = useId();
  const question = useRef<HTMLElement>(null);
  const [picture] = files;
  // The question, not a button: a key that was meant for something else must not answer it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each paste asks anew
  useEffect(() => question.current?.focus(), [files]);
  return (
    <section
      className={styles.question}
      ref={question}
      tabIndex={-1}
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <div className={styles.picture}>{picture ? <Thumbnail source={picture} /> : null}</div>
      <div>
        <h2 className={styles.title} id={id}>
          {words.question}
        </h2>
        <p className={styles.hint}>{words.hint}</p>
      </div>
      <div className={styles.answers}>
        <Button kind="primary" onClick={() => onFiles(files)}>
          {words.yes}
        </Button>
        <Button onClick={onClose}>{words.no}</Button>
      </div>
    </section>
  );
}
