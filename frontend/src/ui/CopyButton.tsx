import { useEffect, useState } from "react";
import { copyText } from "../device/clipboard";
import { useMessages } from "../messages/useMessages";
import { useAnnounce } from "./Announcer";
import { Button, type ButtonKind } from "./Button";
import styles from "./CopyButton.module.css";
import { CheckIcon, CopyIcon } from "./icons";

interface CopyButtonProps {
  text: string;
  label: string;
  /** The accessible name; it contains the label. */
  name: string;
  /** What was copied, to be announced: "1 link", "Markdown". */
  what: string;
  kind?: ButtonKind;
  /** Offer text to copy by hand; undefined takes the offer back. */
  onByHand: (text: string | undefined) => void;
}

const SHOWN_MS = 2_000;

export function CopyButton({ text, label, name, what, kind, onByHand }: CopyButtonProps) {
  const messages = useMessages();
  const announce = useAnnounce();
  // A number, so that copying again restarts the confirmation's time.
  const [copies, setCopies] = useState(0);
  useEffect(() => {
    if (copies === 0) return;
    const timer = setTimeout(() => setCopies(0), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copies]);

  const copy = async () => {
    if (await copyText(text)) {
      setCopies((n) => n + 1);
      onByHand(undefined);
      announce(messages.announce.copied(what));
    } else {
      onByHand(text);
      announce(messages.copy.failed);
    }
  };

  const copied = copies > 0;
  return (
    <Button
      kind={kind}
      className={styles.button}
      aria-label={name}
      data-copied={copied}
      data-kind={kind}
      onClick={() => void copy()}
    >
      <span className={`${styles.face} ${copied ? styles.hidden : ""}`}>
        {kind === "primary" ? <CopyIcon /> : null}
        {label}
      </span>
      <span className={`${styles.face} ${copied ? "" : styles.hidden}`}>
        {kind === "small" ? null : <CheckIcon />}
        {messages.copy.copied}
      </span>
    </Button>
  );
}
