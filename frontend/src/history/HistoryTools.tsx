import { type ChangeEvent, useRef, useState } from "react";
import type { SettingsStore } from "../device/settings";
import { historyWords } from "../messages/history";
import { listWords } from "../messages/list";
import { useWords } from "../messages/useMessages";
import type { ListView } from "../published/PictureRow";
import { Button, buttonClass } from "../ui/Button";
import { GridIcon, RowsIcon } from "../ui/icons";
import { Question } from "../ui/Question";
import styles from "./HistoryPage.module.css";

interface HistoryToolsProps {
  /** How many pictures there are. */
  count: number;
  view: ListView;
  settings: SettingsStore;
  query: string;
  onQuery: (query: string) => void;
  onExport: () => void;
  /** Undefined where the browser keeps nothing. */
  onImport: ((file: File) => Promise<void>) | undefined;
  onClear: (() => void) | undefined;
}

/** What holds for the whole history. */
export function HistoryTools(props: HistoryToolsProps) {
  const { count, view, settings, query, onQuery, onExport, onImport, onClear } = props;
  const words = useWords(historyWords);
  const lists = useWords(listWords);
  const clearButton = useRef<HTMLButtonElement>(null);
  const [clearing, setClearing] = useState(false);

  const take = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? [];
    // Empty again, so that the same file can be chosen once more.
    if (file) void onImport?.(file).finally(() => (target.value = ""));
  };
  return (
    <>
      <div className={styles.tools}>
        {count > 0 ? (
          <input
            className={styles.search}
            type="search"
            aria-label={words.search}
            placeholder={words.search}
            value={query}
            onChange={(event) => onQuery(event.target.value)}
          />
        ) : null}
        {count > 1 ? (
          <fieldset className={styles.views} aria-label={lists.view}>
            {(["rows", "grid"] as const).map((each) => (
              <Button
                key={each}
                className={styles.view}
                aria-label={lists.views[each]}
                title={lists.views[each]}
                aria-pressed={view === each}
                onClick={() => settings.setState({ view: each })}
              >
                {each === "rows" ? <RowsIcon /> : <GridIcon />}
              </Button>
            ))}
          </fieldset>
        ) : null}
        {count > 0 ? <Button onClick={onExport}>{words.export}</Button> : null}
        {onImport ? (
          <label className={`${buttonClass()} ${styles.import}`}>
            {words.import}
            <input className="visually-hidden" type="file" accept="application/json,.json" onChange={take} />
          </label>
        ) : null}
        {count > 0 && onClear ? (
          <Button ref={clearButton} kind="quiet" disabled={clearing} onClick={() => setClearing(true)}>
            {words.clear}
          </Button>
        ) : null}
      </div>
      {clearing ? (
        <Question
          text={words.clearQuestion(count)}
          yes={[words.clearConfirm, words.clearConfirm]}
          no={[words.clearKeep, words.clearKeep]}
          onYes={() => {
            setClearing(false);
            onClear?.();
          }}
          onNo={() => {
            setClearing(false);
            requestAnimationFrame(() => clearButton.current?.focus());
          }}
        />
      ) : null}
    </>
  );
}
