import { useMessages } from "../messages/useMessages";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import styles from "./ByHand.module.css";

/** Shows a text that the browser refused to copy, selected, for a person to copy by hand. */
export function ByHand({ text, onClose }: { text: string; onClose: () => void }) {
  const { copy } = useMessages();
  return (
    <Dialog label={copy.copy} onClose={onClose}>
      <label className={styles.byHand}>
        {copy.failed}
        <textarea readOnly value={text} onFocus={({ target }) => target.select()} />
      </label>
      <Button onClick={onClose}>{copy.close}</Button>
    </Dialog>
  );
}
