import { useRef, useState } from "react";
import type { Picture } from "../api/wire";
import { Button, buttonClass } from "../Button";
import { CopyButton } from "../CopyButton";
import { OpenIcon } from "../icons";
import { useMessages } from "../messages/useMessages";
import styles from "./Published.module.css";
import type { Problem } from "./problem";
import type { UploadQueue } from "./queue";
import { type SnippetFormat, snippet } from "./snippets";

interface PublishedProps {
  id: string;
  name: string;
  queue: UploadQueue;
  picture: Picture;
  deletion: "none" | "running" | Problem;
}

const OTHER_FORMATS = ["markdown", "html", "bbcode"] as const satisfies SnippetFormat[];

/** What a person came for: the link, in every form, and the way to take it back. */
export function Published({ id, name, queue, picture, deletion }: PublishedProps) {
  const messages = useMessages();
  const words = messages.upload;
  const field = useRef<HTMLInputElement>(null);
  const deleteButton = useRef<HTMLButtonElement>(null);
  const [asking, setAsking] = useState(false);
  /** What the browser would not copy; shown in the field for a person to do it. */
  const [byHand, setByHand] = useState<string>();

  const offer = (text: string) => {
    setByHand(text);
    // When the field holds the new text.
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.select();
    });
  };
  const keep = () => {
    setAsking(false);
    requestAnimationFrame(() => deleteButton.current?.focus());
  };
  const running = deletion === "running";

  return (
    <>
      <div className={styles.linkLine}>
        <input
          ref={field}
          className={styles.link}
          readOnly
          value={byHand ?? picture.viewURL}
          aria-label={words.linkOf(name)}
          onFocus={(event) => event.target.select()}
        />
        <CopyButton
          kind="primary"
          text={snippet("link", picture)}
          label={messages.copy.link}
          name={messages.copy.linkOf(name)}
          what={messages.copy.link}
          onRefused={offer}
        />
        <a
          className={buttonClass()}
          href={picture.viewURL}
          target="_blank"
          rel="noreferrer"
          aria-label={words.openOf(name)}
        >
          {words.open}
          <OpenIcon />
        </a>
      </div>
      {byHand === undefined ? null : <p className={styles.note}>{messages.copy.failed}</p>}
      <div className={styles.more}>
        {OTHER_FORMATS.map((format) => (
          <CopyButton
            key={format}
            kind="small"
            text={snippet(format, picture)}
            label={messages.copy[format]}
            name={messages.copy.snippetOf(messages.copy[format], name)}
            what={messages.copy[format]}
            onRefused={offer}
          />
        ))}
        {asking || running ? null : (
          <Button
            ref={deleteButton}
            kind="small"
            className={`${buttonClass("small")} ${styles.delete}`}
            aria-label={words.deleteOf(name)}
            onClick={() => setAsking(true)}
          >
            {words.delete}
          </Button>
        )}
        {running ? (
          <span className={styles.delete} role="status">
            {words.deleting}
          </span>
        ) : null}
      </div>
      {asking && !running ? (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
        <div
          className={styles.question}
          role="group"
          aria-label={words.deleteQuestion}
          onKeyDown={(event) => {
            if (event.key === "Escape") keep();
          }}
        >
          <p className={styles.questionText}>{words.deleteQuestion}</p>
          <Button
            kind="danger"
            autoFocus
            aria-label={words.deleteConfirmOf(name)}
            onClick={() => {
              setAsking(false);
              void queue.deletePicture(id);
            }}
          >
            {words.deleteConfirm}
          </Button>
          <Button aria-label={words.deleteKeepOf(name)} onClick={keep}>
            {words.deleteKeep}
          </Button>
        </div>
      ) : null}
      {deletion !== "none" && deletion !== "running" ? (
        <p className={styles.note} role="alert">
          {words.deleteFailed(messages.problem(deletion))}
        </p>
      ) : null}
    </>
  );
}
