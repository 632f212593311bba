import { useState } from "react";
import type { KeptPicture } from "../device/database";
import { historyWords } from "../messages/history";
import { listWords } from "../messages/list";
import { useMessages, useWords } from "../messages/useMessages";
import { AlbumButton } from "../published/AlbumButton";
import { ByHand } from "../published/ByHand";
import { CopyWithFormat } from "../published/CopyWithFormat";
import type { Selection } from "../published/selection";
import { Button } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { Dialog } from "../ui/Dialog";
import { Question } from "../ui/Question";
import styles from "./HistoryPage.module.css";

interface SelectedToolsProps {
  /** In the order of the list. */
  pictures: readonly KeptPicture[];
  selection: Selection;
  onExport: () => void;
  onDelete: () => void;
}

/** What can be done with the selected pictures. */
export function SelectedTools({ pictures, selection, onExport, onDelete }: SelectedToolsProps) {
  const { upload } = useMessages();
  const words = useWords(historyWords);
  const lists = useWords(listWords);
  const [asks, setAsks] = useState(false);
  const [byHand, setByHand] = useState<string>();
  const n = pictures.length;
  return (
    <fieldset className={styles.selected} aria-label={lists.selection}>
      <p className={styles.number} role="status">
        {lists.selected(n)}
      </p>
      <CopyWithFormat size="small" pictures={() => pictures} />
      {n > 1 ? (
        <AlbumButton
          kind="small"
          pictures={() => pictures.map((kept) => ({ ...kept, picture: kept.thumbnail ?? kept.viewURL }))}
        />
      ) : null}
      <Button kind="small" className={styles.delete} onClick={() => setAsks(true)}>
        {upload.delete}
      </Button>
      <CopyButton
        kind="small"
        text={pictures.map(({ deleteURL }) => deleteURL).join("\n")}
        label={words.copyDelete(n)}
        name={words.copyDelete(n)}
        what={words.deleteLinks(n)}
        onByHand={setByHand}
      />
      <Button kind="small" onClick={onExport}>
        {words.export}
      </Button>
      <Button kind="small" onClick={selection.all}>
        {lists.selectAll}
      </Button>
      <Button kind="small" onClick={selection.clear}>
        {lists.selectNone}
      </Button>
      {asks ? (
        <Dialog label={upload.delete} onClose={() => setAsks(false)}>
          <Question
            text={lists.deleteQuestion(n)}
            yes={[lists.deleteConfirm(n), lists.deleteConfirm(n)]}
            no={[lists.deleteKeep(n), lists.deleteKeep(n)]}
            onYes={() => {
              setAsks(false);
              onDelete();
            }}
            onNo={() => setAsks(false)}
          />
        </Dialog>
      ) : null}
      {byHand === undefined ? null : <ByHand text={byHand} onClose={() => setByHand(undefined)} />}
    </fieldset>
  );
}
