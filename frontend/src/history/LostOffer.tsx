import { useCallback, useEffect, useId, useRef, useState } from "react";
import type { LostUpload, LostUploads } from "../engine/lost";
import type { UploadQueue } from "../engine/queue";
import { noticesWords } from "../messages/notices";
import { useMessages, useWords } from "../messages/useMessages";
import { Thumbnail } from "../published/Thumbnail";
import { useAnnounce } from "../ui/Announcer";
import { Button } from "../ui/Button";
import styles from "./Notices.module.css";

/** A click that was meant for what the offer has pushed away must not answer it. */
const MISTAKEN_MS = 500;
/** More of them would push everything else off the screen. */
const SHOWN = 12;

interface LostOfferProps {
  lost: LostUploads;
  queue: Pick<UploadQueue, "adopt">;
}

/** Offers what closed tabs had not sent. It looks again whenever a person comes back to this tab. */
export function LostOffer({ lost, queue }: LostOfferProps) {
  const { upload } = useMessages();
  const words = useWords(noticesWords);
  const announce = useAnnounce();
  const id = useId();
  const [found, setFound] = useState<readonly LostUpload[]>([]);
  const [open, setOpen] = useState(false);
  const section = useRef<HTMLElement>(null);

  const look = useCallback(() => lost.list().then(setFound), [lost]);
  useEffect(() => {
    const lookAgain = () => {
      if (document.visibilityState === "visible") void look();
    };
    void look();
    document.addEventListener("visibilitychange", lookAgain);
    return () => document.removeEventListener("visibilitychange", lookAgain);
  }, [look]);
  const count = found.length;
  const title = words.lost(count);
  useEffect(() => {
    if (count === 0) return undefined;
    announce(title);
    const timer = setTimeout(() => setOpen(true), MISTAKEN_MS);
    return () => clearTimeout(timer);
  }, [count, title, announce]);

  const answer = async (resume: boolean) => {
    setOpen(false);
    // The button goes, and the focus with it.
    const focused = section.current?.contains(document.activeElement);
    try {
      const n = resume
        ? await queue.adopt((nextPlace) => lost.take(found, nextPlace))
        : await lost.discard(found);
      announce(resume ? words.resumed(n) : words.discarded(n));
    } catch {
      // The disk is full, most likely: what is left is offered again.
    }
    await look();
    if (focused) document.querySelector<HTMLElement>("main h1")?.focus();
  };

  if (count === 0) return null;
  const gone = found.filter(({ file, mayHaveArrived }) => !file && !mayHaveArrived).length;
  return (
    <section className={styles.notice} ref={section} aria-labelledby={id}>
      <h2 className={styles.title} id={id}>
        {title}
      </h2>
      <p className={styles.hint}>
        {words.lostHint} {gone > 0 ? words.gone(gone) : null}
      </p>
      <ul className={styles.pictures}>
        {found.slice(0, SHOWN).map(({ owner, place, name, file }) => (
          <li key={`${owner} ${place}`}>
            <Thumbnail source={file ?? ""} />
            <p className={styles.name} title={name}>
              {name || upload.unnamed}
            </p>
          </li>
        ))}
      </ul>
      <div className={styles.answers}>
        {gone < count ? (
          <Button kind="primary" disabled={!open} onClick={() => void answer(true)}>
            {words.resume(count - gone)}
          </Button>
        ) : null}
        <Button disabled={!open} onClick={() => void answer(false)}>
          {words.discard}
        </Button>
      </div>
    </section>
  );
}
