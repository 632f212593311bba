import {
  type ChangeEvent,
  useCallback,
  useDeferredValue,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Api } from "../api/client";
import { type KeptPicture, openDatabase } from "../device/database";
import { createHistory, search } from "../device/keptPictures";
import type { UploadQueue } from "../engine/queue";
import { useMessages } from "../messages/useMessages";
import { Button, buttonClass } from "../ui/Button";
import { Question } from "../ui/Question";
import listStyles from "../uploads/UploadList.module.css";
import { BadHistory, exportHistory, importHistory, MAX_ENTRIES, MAX_FILE_BYTES } from "./file";
import styles from "./HistoryPage.module.css";
import { HistoryRow } from "./HistoryRow";

/** So many at first, and more on demand. */
const SHOWN = 30;

const history = createHistory(openDatabase);

interface HistoryPageProps {
  api: Pick<Api, "remove">;
  queue: Pick<UploadQueue, "getSnapshot" | "subscribe" | "remove">;
}

/** What was uploaded from this browser, and the way to delete it. */
export function HistoryPage({ api, queue }: HistoryPageProps) {
  const { history: words } = useMessages();
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const clearButton = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [pictures, setPictures] = useState<readonly KeptPicture[] | "unavailable">();
  /** Deleted here: listed until the next visit, and no longer counted. */
  const [deleted, setDeleted] = useState<ReadonlySet<string>>(new Set());
  const [query, setQuery] = useState("");
  const [shown, setShown] = useState(SHOWN);
  const [clearing, setClearing] = useState(false);
  /** What came of the last import. */
  const [outcome, setOutcome] = useState<{ text: string; failed: boolean }>();

  const load = useCallback(
    () =>
      history.all().then(
        (all) => setPictures(all ?? "unavailable"),
        () => setPictures("unavailable"),
      ),
    [],
  );
  useEffect(() => {
    void load();
    heading.current?.focus();
  }, [load]);
  useEffect(() => {
    let before = countDone(queue);
    return queue.subscribe(() => {
      const done = countDone(queue);
      if (done > before) void load();
      before = done;
    });
  }, [queue, load]);
  // The last of "Show more" takes the button away.
  useLayoutEffect(() => {
    const first = list.current?.children[shown - SHOWN];
    if (document.activeElement === document.body && first instanceof HTMLElement) first.focus();
  }, [shown]);

  const listed = useMemo(
    () => (Array.isArray(pictures) ? (pictures as readonly KeptPicture[]) : []),
    [pictures],
  );
  const all = useMemo(() => listed.filter(({ uploadId }) => !deleted.has(uploadId)), [listed, deleted]);
  const sought = useDeferredValue(query);
  const found = useMemo(() => search(listed, sought), [listed, sought]);

  const remove = useCallback(
    async (kept: KeptPicture) => {
      await api.remove(kept.deleteToken);
      await history.forget(kept.deleteToken);
      setDeleted((before) => new Set(before).add(kept.uploadId));
      setOutcome(undefined);
      const upload = queue
        .getSnapshot()
        .find(({ state }) => state.phase === "done" && state.picture.uploadId === kept.uploadId);
      if (upload) queue.remove(upload.id);
    },
    [api, queue],
  );

  const save = () => {
    const url = URL.createObjectURL(exportHistory(all));
    const link = document.createElement("a");
    link.href = url;
    link.download = `image-host-history-${new Date().toISOString().slice(0, 10)}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };

  const take = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? [];
    if (!file) return;
    try {
      const { pictures: read, leftOut, first } = await importHistory(file);
      target.value = "";
      const added = await history.add(read);
      const text = words.imported(added, read.length - added);
      setOutcome({
        text: first ? `${text} ${words.leftOut(leftOut, first)}` : text,
        failed: first !== undefined,
      });
      await load();
    } catch (error) {
      target.value = "";
      let text = words.notKept;
      if (error instanceof BadHistory)
        text = error.tooLarge
          ? words.tooLarge(file.name, MAX_FILE_BYTES, MAX_ENTRIES)
          : words.noHistory(file.name);
      setOutcome({ text, failed: true });
    }
  };

  const clear = async () => {
    setClearing(false);
    await history.clear().catch(() => undefined);
    await load();
    heading.current?.focus();
  };

  return (
    <section className={styles.history} aria-labelledby={`${id}-title`}>
      <h1 className={styles.title} id={`${id}-title`} ref={heading} tabIndex={-1}>
        {words.title}
      </h1>
      <p className={styles.lead}>{words.lead}</p>
      <div className={styles.tools}>
        {all.length > 0 ? (
          <input
            className={styles.search}
            type="search"
            aria-label={words.search}
            placeholder={words.search}
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
              setShown(SHOWN);
            }}
          />
        ) : null}
        {all.length > 0 ? <Button onClick={save}>{words.export}</Button> : null}
        <label className={`${buttonClass()} ${styles.import}`}>
          {words.import}
          <input
            className="visually-hidden"
            type="file"
            accept="application/json,.json"
            onChange={(event) => void take(event)}
          />
        </label>
        {all.length > 0 ? (
          <Button ref={clearButton} kind="quiet" disabled={clearing} onClick={() => setClearing(true)}>
            {words.clear}
          </Button>
        ) : null}
      </div>
      {clearing ? (
        <Question
          text={words.clearQuestion(all.length)}
          yes={[words.clearConfirm, words.clearConfirm]}
          no={[words.clearKeep, words.clearKeep]}
          onYes={() => void clear()}
          onNo={() => {
            setClearing(false);
            requestAnimationFrame(() => clearButton.current?.focus());
          }}
        />
      ) : null}
      <div role="status">
        {outcome ? <p className={outcome.failed ? styles.failed : styles.note}>{outcome.text}</p> : null}
        {pictures === "unavailable" ? <p className={styles.note}>{words.unavailable}</p> : null}
        {pictures && all.length === 0 && pictures !== "unavailable" ? (
          <p className={styles.note}>{words.empty}</p>
        ) : null}
        {all.length > 0 ? (
          <p className={styles.count}>{words.count(search(all, sought).length, all.length)}</p>
        ) : null}
      </div>
      <ul className={listStyles.list} ref={list} aria-labelledby={`${id}-title`}>
        {found.slice(0, shown).map((kept) => (
          <HistoryRow key={kept.uploadId} kept={kept} onDelete={remove} />
        ))}
      </ul>
      {found.length > shown ? (
        <p className={styles.more}>
          <Button onClick={() => setShown(shown + SHOWN)}>{words.more}</Button>
        </p>
      ) : null}
    </section>
  );
}

function countDone(queue: Pick<UploadQueue, "getSnapshot">): number {
  return queue.getSnapshot().filter(({ state }) => state.phase === "done").length;
}
