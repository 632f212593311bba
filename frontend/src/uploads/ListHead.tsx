import type { SettingsStore } from "../device/settings";
import type { UploadQueue } from "../engine/queue";
import type { Upload } from "../engine/upload";
import { listWords } from "../messages/list";
import { useMessages, useWords } from "../messages/useMessages";
import { AlbumButton } from "../published/AlbumButton";
import { CopyWithFormat } from "../published/CopyWithFormat";
import type { ListView } from "../published/PictureRow";
import { Button } from "../ui/Button";
import { GridIcon, RowsIcon } from "../ui/icons";
import { cancelAll, retryAll } from "./bulk";
import { FILTERS, type Filter, isFinished, isRetryable, passes } from "./filters";
import { inAlbum } from "./inAlbum";
import styles from "./ListHead.module.css";
import { Pacing } from "./Pacing";
import type { Summary } from "./summary";

interface ListHeadProps {
  uploads: readonly Upload[];
  summary: Summary;
  queue: UploadQueue;
  settings: SettingsStore;
  view: ListView;
  filter: Filter;
  onFilter: (filter: Filter) => void;
  onClear: () => void;
}

/** What holds for the whole list; it stays in sight while the list scrolls. */
export function ListHead(props: ListHeadProps) {
  const { uploads, summary, queue, settings, view, filter, onFilter, onClear } = props;
  const { number } = useMessages();
  const words = useWords(listWords);
  const { done, troubled, underWay, fraction } = summary;
  const failed = uploads.filter(isRetryable).map(({ id }) => id);
  const counts = FILTERS.map((each) => [each, uploads.filter((one) => passes(one, each)).length] as const);
  const useful = counts.filter(([, count]) => count > 0);
  return (
    <>
      <div className={styles.line}>
        <p className={styles.count}>
          {troubled + underWay === 0
            ? words.uploaded(done)
            : words.uploadedOf(done, done + troubled + underWay)}
        </p>
        {underWay > 0 ? <Pacing uploads={uploads} queue={queue} /> : null}
        {done > 0 ? (
          <CopyWithFormat
            label={words.copyAll}
            pictures={() => uploads.flatMap(({ state }) => (state.phase === "done" ? [state.picture] : []))}
          />
        ) : null}
      </div>
      {underWay > 0 ? (
        <progress className={styles.progress} aria-label={words.progress} max={1} value={fraction} />
      ) : null}
      <div className={styles.line}>
        {done > 1 ? <AlbumButton kind="small" pictures={() => inAlbum(uploads)} /> : null}
        {useful.length > 2 || filter !== "all" ? (
          <fieldset className={styles.group} aria-label={words.filter}>
            {useful.map(([each, count]) => (
              <Button
                key={each}
                kind="small"
                className={styles.choice}
                aria-pressed={each === filter}
                onClick={() => onFilter(each)}
              >
                {words.filters[each]} <span className={styles.number}>{number(count)}</span>
              </Button>
            ))}
          </fieldset>
        ) : null}
        <div className={styles.actions}>
          {failed.length > 0 ? (
            <Button kind="small" onClick={() => retryAll(queue, failed)}>
              {words.retryFailed}
            </Button>
          ) : null}
          {underWay > 0 ? (
            <Button kind="small" onClick={() => cancelAll(queue)}>
              {words.cancelAll}
            </Button>
          ) : null}
          {uploads.some(isFinished) ? (
            <Button kind="small" onClick={onClear}>
              {words.clearFinished}
            </Button>
          ) : null}
          <fieldset className={styles.group} aria-label={words.view}>
            {(["rows", "grid"] as const).map((each) => (
              <Button
                key={each}
                kind="small"
                className={styles.choice}
                aria-label={words.views[each]}
                title={words.views[each]}
                aria-pressed={view === each}
                onClick={() => settings.setState({ view: each })}
              >
                {each === "rows" ? <RowsIcon /> : <GridIcon />}
              </Button>
            ))}
          </fieldset>
        </div>
      </div>
    </>
  );
}
