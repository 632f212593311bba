import { useEffect, useRef, useState } from "react";
import { type Api, ApiError } from "../api/client";
import { problemOf } from "../api/problem";
import type { OpenDatabase } from "../device/database";
import { createKeptPictures } from "../device/keptPictures";
import { deletionWords } from "../messages/deletion";
import { explain } from "../messages/explain";
import { useMessages, useWords } from "../messages/useMessages";
import { Button } from "../ui/Button";
import { Title } from "../ui/Title";
import { useHash } from "../ui/useHash";
import styles from "./DeletePage.module.css";

type Deletion =
  | { step: "asking" }
  | { step: "deleting" }
  | { step: "done" }
  | { step: "failed"; error: unknown };

interface DeletePageProps {
  api: Pick<Api, "lookup" | "remove">;
  openDatabase: OpenDatabase;
}

/**
 * The page behind a delete link. Opening it deletes nothing: chat programs and scanners open links too. The token is
 * in the fragment, which no browser sends.
 */
export function DeletePage({ api, openDatabase }: DeletePageProps) {
  const messages = useMessages();
  const words = useWords(deletionWords);
  const token = useHash();
  const [deletion, setDeletion] = useState<Deletion>({ step: "asking" });
  const [picture, setPicture] = useState<{ viewURL: string; shown: boolean }>();
  const heading = useRef<HTMLHeadingElement>(null);
  const { step } = deletion;

  useEffect(() => {
    document.title = `${step === "done" ? words.doneTitle : words.title} · ${messages.siteName}`;
  }, [step, words, messages]);

  useEffect(() => {
    if (!token) return undefined;
    const left = new AbortController();
    setDeletion({ step: "asking" });
    setPicture(undefined);
    api.lookup(token, left.signal).then(
      ({ viewURL }) => setPicture({ viewURL, shown: true }),
      // Offline, the picture can't be shown, but the question remains. An invalid token ends it.
      (error) => !left.signal.aborted && isInvalid(error) && setDeletion({ step: "failed", error }),
    );
    return () => left.abort();
  }, [api, token]);

  // The button that was pressed is gone: moving the focus makes screen readers read the outcome.
  useEffect(() => {
    if (step === "done" || step === "failed") heading.current?.focus();
  }, [step]);

  const remove = async () => {
    setDeletion({ step: "deleting" });
    try {
      await api.remove(token);
      await createKeptPictures(openDatabase).forget(token);
      setDeletion({ step: "done" });
    } catch (error) {
      setDeletion({ step: "failed", error });
    }
  };

  if (step === "done") {
    return (
      <section className={styles.card}>
        <Title className={styles.title} ref={heading}>
          {words.doneTitle}
        </Title>
        <p className={styles.text}>{words.done}</p>
        <p className={styles.actions}>
          <a href="/">{messages.home}</a>
        </p>
      </section>
    );
  }

  if (!token) {
    return (
      <section className={styles.card}>
        <Title className={styles.title}>{words.missingTitle}</Title>
        <p className={styles.text}>{words.missing}</p>
        <p className={styles.actions}>
          <a href="/">{messages.home}</a>
        </p>
      </section>
    );
  }

  const invalid = step === "failed" && isInvalid(deletion.error);
  return (
    <section className={styles.card}>
      <Title className={styles.title} ref={heading}>
        {step === "failed" ? words.failedTitle : words.title}
      </Title>
      {step === "failed" ? (
        <p className={styles.text}>
          {invalid ? words.invalid : explain(problemOf(deletion.error), messages)}
        </p>
      ) : (
        <>
          {picture?.shown ? (
            <img
              className={styles.picture}
              src={picture.viewURL}
              alt={words.picture}
              onError={() => setPicture({ ...picture, shown: false })}
            />
          ) : null}
          {picture?.shown === false ? <p className={styles.text}>{words.notShown}</p> : null}
          <p className={styles.text}>{words.explain}</p>
          <p className={styles.text}>{words.caches}</p>
        </>
      )}
      <div className={styles.actions}>
        {invalid ? null : (
          <Button kind="danger" disabled={step === "deleting"} onClick={() => void remove()}>
            {step === "deleting" ? words.deleting : step === "failed" ? messages.upload.retry : words.confirm}
          </Button>
        )}
        <a href="/">{messages.home}</a>
      </div>
    </section>
  );
}

function isInvalid(error: unknown): boolean {
  return error instanceof ApiError && [400, 403, 422].includes(error.status);
}
