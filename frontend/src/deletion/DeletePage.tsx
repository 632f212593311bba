import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { type Api, ApiError } from "../api/client";
import { Button } from "../Button";
import { useMessages } from "../messages/useMessages";
import { problemOf } from "../uploads/problem";
import styles from "./DeletePage.module.css";

type Deletion =
  | { step: "asking" }
  | { step: "deleting" }
  | { step: "done" }
  | { step: "failed"; error: unknown };

/**
 * The page behind a delete link. Opening it deletes nothing: chat programs and scanners open links too. The token is
 * in the fragment, which no browser sends.
 */
export function DeletePage({ api }: { api: Pick<Api, "remove"> }) {
  const messages = useMessages();
  const words = messages.deletion;
  const token = useSyncExternalStore(subscribeToHash, () => location.hash.slice(1));
  const [deletion, setDeletion] = useState<Deletion>({ step: "asking" });
  const heading = useRef<HTMLHeadingElement>(null);
  const { step } = deletion;

  useEffect(() => {
    document.title = `${words.title} · ${messages.siteName}`;
  }, [words, messages]);

  // What was pressed is gone; the outcome is read out by moving to it.
  useEffect(() => {
    if (step === "done" || step === "failed") heading.current?.focus();
  }, [step]);

  const remove = async () => {
    setDeletion({ step: "deleting" });
    try {
      await api.remove(token);
      setDeletion({ step: "done" });
    } catch (error) {
      setDeletion({ step: "failed", error });
    }
  };

  if (step === "done") {
    return (
      <section className={styles.card}>
        <h1 className={styles.title} ref={heading} tabIndex={-1}>
          {words.doneTitle}
        </h1>
        <p className={styles.text}>{words.done}</p>
        <p className={styles.actions}>
          <a href="/">{words.home}</a>
        </p>
      </section>
    );
  }

  if (!token) {
    return (
      <section className={styles.card}>
        <h1 className={styles.title}>{words.missingTitle}</h1>
        <p className={styles.text}>{words.missing}</p>
        <p className={styles.actions}>
          <a href="/">{words.home}</a>
        </p>
      </section>
    );
  }

  const invalid = step === "failed" && deletion.error instanceof ApiError && isInvalid(deletion.error);
  return (
    <section className={styles.card}>
      <h1 className={styles.title} ref={heading} tabIndex={-1}>
        {step === "failed" ? words.failedTitle : words.title}
      </h1>
      {step === "failed" ? (
        <p className={styles.text}>{invalid ? words.invalid : messages.problem(problemOf(deletion.error))}</p>
      ) : (
        <>
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
        <a href="/">{words.home}</a>
      </div>
    </section>
  );
}

function isInvalid({ status }: ApiError): boolean {
  return status === 400 || status === 403 || status === 422;
}

function subscribeToHash(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}
