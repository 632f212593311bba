import { useRef, useState } from "react";
import type { Problem } from "../api/problem";
import type { SnippetFormat } from "../device/settings";
import { explain } from "../messages/explain";
import { useMessages } from "../messages/useMessages";
import { Button, buttonClass } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { OpenIcon } from "../ui/icons";
import { Later } from "../ui/Later";
import { Question } from "../ui/Question";
import styles from "./Published.module.css";
import { Report } from "./Report";
import { type SnippetSource, snippet } from "./snippets";

interface PublishedProps {
  name: string;
  picture: SnippetSource;
  deletion: "none" | "running" | Problem;
  onDelete: () => void;
}

const OTHER_FORMATS = ["markdown", "html", "bbcode"] as const satisfies SnippetFormat[];

const loadQrCode = async () => (await import("./QrCode")).QrCode;

/** What a person came for: the link in every form, and a button to delete the picture. */
export function Published({ name, picture, deletion, onDelete }: PublishedProps) {
  const messages = useMessages();
  const words = messages.upload;
  const field = useRef<HTMLInputElement>(null);
  const deleteButton = useRef<HTMLButtonElement>(null);
  const [asking, setAsking] = useState(false);
  const [showsQr, setShowsQr] = useState(false);
  /** Text that the browser refused to copy; the field shows it, for a person to copy by hand. */
  const [byHand, setByHand] = useState<string>();
  const link = picture.viewURL;

  const offer = (text: string | undefined) => {
    setByHand(text);
    if (text === undefined) return;
    // After the field has its new text.
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.select();
    });
  };
  const keep = () => {
    setAsking(false);
    requestAnimationFrame(() => deleteButton.current?.focus());
  };
  // The promise rejects even if a person just closes the system's sheet; there is nothing to report.
  const share = () => navigator.share({ url: link }).catch(() => undefined);
  const running = deletion === "running";

  return (
    <>
      <div className={styles.linkLine}>
        <input
          ref={field}
          className={styles.link}
          readOnly
          value={byHand ?? link}
          aria-label={words.linkOf(name)}
          onFocus={(event) => event.target.select()}
        />
        <CopyButton
          kind="primary"
          text={snippet("link", picture)}
          label={messages.copy.link}
          name={messages.copy.linkOf(name)}
          what={messages.announce.links(1)}
          onByHand={offer}
        />
        {"share" in navigator ? (
          <Button aria-label={words.shareOf(name)} onClick={() => void share()}>
            {words.share}
          </Button>
        ) : null}
        <a
          className={buttonClass()}
          href={link}
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
            onByHand={offer}
          />
        ))}
        <Button
          kind="small"
          className={styles.forPhone}
          aria-expanded={showsQr}
          aria-label={words.qrOf(name)}
          onClick={() => setShowsQr(!showsQr)}
        >
          {words.qr}
        </Button>
        <Report name={name} link={link} />
        {asking || running ? null : (
          <Button
            ref={deleteButton}
            kind="small"
            className={styles.delete}
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
      {showsQr ? <Later load={loadQrCode} props={{ link, name }} /> : null}
      {asking && !running ? (
        <Question
          text={words.deleteQuestion}
          yes={[words.deleteConfirm, words.deleteConfirmOf(name)]}
          no={[words.deleteKeep, words.deleteKeepOf(name)]}
          onYes={() => {
            setAsking(false);
            onDelete();
          }}
          onNo={keep}
        />
      ) : null}
      {deletion !== "none" && deletion !== "running" ? (
        <p className={styles.note} role="alert">
          {words.deleteFailed(explain(deletion, messages))}
        </p>
      ) : null}
    </>
  );
}
