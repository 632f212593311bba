import { useId, useState } from "react";
import { saveFile } from "../device/download";
import { noticesWords } from "../messages/notices";
import { useMessages, useWords } from "../messages/useMessages";
import { ByHand } from "../published/ByHand";
import { Button } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import styles from "./Notices.module.css";
import type { Unkept } from "./record";

interface UnkeptNoticeProps {
  pictures: Unkept["pictures"];
}

/** Says that the history lacks pictures, and gives their delete links, which nothing else has. */
export function UnkeptNotice({ pictures }: UnkeptNoticeProps) {
  const { upload } = useMessages();
  const words = useWords(noticesWords);
  const id = useId();
  const [byHand, setByHand] = useState<string>();
  /** Put away by a person, until another picture can't be kept. */
  const [closedAt, setClosedAt] = useState(-1);
  const n = pictures.length;
  if (n === closedAt) return null;

  const save = () => {
    const entries = pictures.map(
      ({ name, viewURL, deleteURL }) =>
        `${name || upload.unnamed}\n${words.link}: ${viewURL}\n${words.deleteLink}: ${deleteURL}\n`,
    );
    saveFile("delete-links.txt", new Blob([entries.join("\n")], { type: "text/plain" }));
  };
  return (
    <section className={styles.notice} aria-labelledby={id}>
      <h2 className={styles.title} id={id}>
        {words.unkept}
      </h2>
      <p className={styles.hint}>{n === 0 ? words.unkeptAhead : words.unkeptHint(n)}</p>
      <div className={styles.answers}>
        {n > 0 ? (
          <>
            <CopyButton
              kind="primary"
              text={pictures.map(({ deleteURL }) => deleteURL).join("\n")}
              label={words.copyLinks(n)}
              name={words.copyLinks(n)}
              what={words.copied(n)}
              onByHand={setByHand}
            />
            <Button onClick={save}>{words.save}</Button>
          </>
        ) : null}
        <Button kind="quiet" onClick={() => setClosedAt(n)}>
          {words.close}
        </Button>
      </div>
      {byHand === undefined ? null : <ByHand text={byHand} onClose={() => setByHand(undefined)} />}
    </section>
  );
}
