import { useEffect, useId, useRef, useState } from "react";
import { useMessages } from "../messages/useMessages";
import { Thumbnail } from "../published/Thumbnail";
import { Button } from "../ui/Button";
import styles from "./Shared.module.css";

/** The second click of a double click on another site must not count as an answer. */
const DOUBLE_CLICK_MS = 500;

interface Waiting {
  request: Request;
  file: File;
}

interface SharedProps {
  cache: Cache;
  onFiles: (files: File[]) => void;
  /** Every picture is answered; `discarded` counts the ones that were thrown away. */
  onAnswered: (discarded: number) => void;
}

/**
 * Asks whether to upload the pictures that were shared with this page, because any site can share in a visitor's name.
 *
 * They stay in `cache` until a person answers, even after a reload. Each is taken once, whichever tab asks.
 */
export function Shared({ cache, onFiles, onAnswered }: SharedProps) {
  const { shared: words, upload } = useMessages();
  const id = useId();
  const question = useRef<HTMLElement>(null);
  const [waiting, setWaiting] = useState<readonly Waiting[]>([]);
  const [open, setOpen] = useState(false);

  useEffect(() => {
    let gone = false;
    void list(cache).then((found) => {
      if (gone) return;
      setWaiting(found);
      if (found.length === 0) onAnswered(0);
    });
    return () => {
      gone = true;
    };
  }, [cache, onAnswered]);
  useEffect(() => {
    if (waiting.length === 0) return undefined;
    // Focus the question, not a button: a key that was meant for something else must not answer it.
    question.current?.focus();
    const timer = setTimeout(() => setOpen(true), DOUBLE_CLICK_MS);
    return () => clearTimeout(timer);
  }, [waiting]);

  const answer = async (yes: boolean) => {
    setOpen(false);
    const files: File[] = [];
    for (const { request, file } of waiting) if (await cache.delete(request)) files.push(file);
    if (yes) onFiles(files);
    onAnswered(yes ? 0 : files.length);
  };

  if (waiting.length === 0) return null;
  return (
    <section className={styles.question} ref={question} tabIndex={-1} aria-labelledby={id}>
      <h2 className={styles.title} id={id}>
        {words.question(waiting.length)}
      </h2>
      <p className={styles.hint}>{words.hint}</p>
      <ul className={styles.pictures}>
        {waiting.map(({ request, file }) => (
          <li key={request.url}>
            <Thumbnail source={file} />
            <p className={styles.name} title={file.name}>
              {file.name || upload.unnamed}
            </p>
          </li>
        ))}
      </ul>
      <div className={styles.answers}>
        <Button kind="primary" disabled={!open} onClick={() => void answer(true)}>
          {words.upload(waiting.length)}
        </Button>
        <Button disabled={!open} onClick={() => void answer(false)}>
          {words.discard}
        </Button>
      </div>
    </section>
  );
}

/** Return the shared pictures in the order in which they came. */
async function list(cache: Cache): Promise<Waiting[]> {
  const waiting: Waiting[] = [];
  for (const request of await cache.keys()) {
    const kept = await cache.match(request);
    // A person may have answered in another tab.
    if (!kept) continue;
    const body = await kept.blob();
    const name = decodeURIComponent(kept.headers.get("X-Name") ?? "");
    waiting.push({ request, file: new File([body], name, { type: body.type }) });
  }
  return waiting.sort((a, b) => (a.request.url < b.request.url ? -1 : 1));
}
