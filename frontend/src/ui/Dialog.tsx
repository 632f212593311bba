import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import styles from "./Dialog.module.css";

interface DialogProps {
  label: string;
  /** The dialog closes: by Escape, or by a click beside it. */
  onClose: () => void;
  children: ReactNode;
}

/** A modal dialog for as long as it is rendered; the focus then returns to where it was. */
export function Dialog({ label, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Read before an element inside takes the focus.
  const [before] = useState(() => document.activeElement);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      const { activeElement } = document;
      const lost = activeElement === document.body || shown?.contains(activeElement);
      shown?.close();
      if (lost && before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, [before]);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={label}
      // The list around it has keys of its own.
      onKeyDown={(event) => event.stopPropagation()}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // The backdrop belongs to the dialog; everything else in it is inside the body.
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div className={styles.body}>{children}</div>
    </dialog>
  );
}
