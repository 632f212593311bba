import { Button } from "./Button";
import styles from "./Question.module.css";

interface QuestionProps {
  text: string;
  /** What the buttons say, and their accessible names. */
  yes: readonly [label: string, name: string];
  no: readonly [label: string, name: string];
  onYes: () => void;
  onNo: () => void;
}

/** Asks before something is deleted for good; Escape means no. */
export function Question({ text, yes, no, onYes, onNo }: QuestionProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
    <div
      className={styles.question}
      role="group"
      aria-label={text}
      onKeyDown={(event) => {
        if (event.key === "Escape") onNo();
        // The key is still down from the button that opened the question.
        if (event.key === "Enter" && event.repeat) event.preventDefault();
      }}
    >
      <p className={styles.text}>{text}</p>
      <Button kind="danger" autoFocus aria-label={yes[1]} onClick={onYes}>
        {yes[0]}
      </Button>
      <Button aria-label={no[1]} onClick={onNo}>
        {no[0]}
      </Button>
    </div>
  );
}
