import { useRef, useState } from "react";
import { appsWords } from "../messages/apps";
import { useMessages, useWords } from "../messages/useMessages";
import { CopyButton } from "../ui/CopyButton";
import styles from "./AppsPage.module.css";
import type { Field } from "./programs";
import { putToken } from "./settings";

interface FieldRowProps {
  field: Field;
  program: string;
  accessToken: string | undefined;
}

/** A value to be copied into a program. It is shown without the access token, and copied with it. */
export function FieldRow({ field: { label, value, form = "plain" }, program, accessToken }: FieldRowProps) {
  const { copy } = useMessages();
  const words = useWords(appsWords);
  const input = useRef<HTMLInputElement>(null);
  /** Text that the browser refused to copy; the field shows it, for a person to copy by hand. */
  const [byHand, setByHand] = useState<string>();
  const offer = (text: string | undefined) => {
    setByHand(text);
    if (text === undefined) return;
    // After the field has its new text.
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.select();
    });
  };
  return (
    <div className={styles.field}>
      <span className={styles.label} aria-hidden="true">
        {label}
      </span>
      <input
        ref={input}
        className={styles.value}
        readOnly
        value={byHand ?? value}
        aria-label={words.fieldOf(label, program)}
        onFocus={(event) => event.target.select()}
      />
      <CopyButton
        kind="small"
        text={putToken(value, accessToken, form)}
        label={words.copy}
        name={words.copyOf(label, program)}
        what={label}
        onByHand={offer}
      />
      {byHand === undefined ? null : <p className={styles.note}>{copy.failed}</p>}
    </div>
  );
}
