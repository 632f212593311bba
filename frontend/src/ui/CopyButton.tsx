import { Button, type ButtonKind } from "./Button";
import styles from "./CopyButton.module.css";
import { CheckIcon, CopyIcon } from "./icons";
import { useCopy } from "./useCopy";

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

/** Copies a text, and shows a tick for a moment. It keeps its label, which says what was copied. */
export function CopyButton({ text, label, name, what, kind, onByHand }: CopyButtonProps) {
  const { copied, copy } = useCopy(onByHand);
  return (
    <Button
      kind={kind}
      className={styles.button}
      aria-label={name}
      data-copied={copied}
      onClick={() => void copy(text, what)}
    >
      {copied ? <CheckIcon /> : <CopyIcon />}
      {label}
    </Button>
  );
}
