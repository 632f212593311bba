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
import type { KeptPicture, OpenDatabase } from "../device/database";
import { saveFile } from "../device/download";
import { createKeptPictures } from "../device/keptPictures";
import type { UploadQueue } from "../engine/queue";
import { type HistoryWords, historyWords } from "../messages/history";
import { useMessages, useWords } from "../messages/useMessages";
import { PictureList } from "../published/PictureRow";
import { Button, buttonClass } from "../ui/Button";
import { Question } from "../ui/Question";
import { Title } from "../ui/Title";
import { BadHistory, exportHistory, importHistory, leftOutText, MAX_ENTRIES, MAX_FILE_BYTES } from "./file";
import styles from "./HistoryPage.module.css";
import { HistoryRow } from "./HistoryRow";
import { search } from "./search";

/** Rows shown at first, and added by each "Show more". */
const SHOWN = 30;

interface HistoryPageProps {
  api: Pick<Api, "remove">;
  openDatabase: OpenDatabase;
  queue: Pick<UploadQueue, "getState" | "subscribe" | "remove">;
}

/** Lists what was uploaded from this browser, with buttons to delete it. */
export function HistoryPage({ api, openDatabase, queue }: HistoryPageProps) {
  const { history: names } = useMessages();
  const words = useWords(historyWords);
  const [kept] = useState(() => createKeptPictures(openDatabase));
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const clearButton = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [pictures, setPictures] = useState<readonly KeptPicture[] | "unavailable">();
  /** Deleted on this page: still listed until the next visit, but not counted. */
  const [deleted, setDeleted] = useState<ReadonlySet<string>>(new Set());
  const [query, setQuery] = useState("");
  const [shown, setShown] = useState(SHOWN);
  const [clearing, setClearing] = useState(false);
  /** The outcome of the last import. */
  const [outcome, setOutcome] = useState<{ text: string; failed: boolean }>();

  const load = useCallback(
    () =>
      kept.all().then(
        (all) => setPictures(all ?? "unavailable"),
        () => setPictures("unavailable"),
      ),
    [kept],
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
  // After the last "Show more" the button is gone: move the focus to the first new row.
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
    async (picture: KeptPicture) => {
      await api.remove(picture.deleteToken);
      await kept.forget(picture.deleteToken);
      setDeleted((before) => new Set(before).add(picture.uploadId));
      setOutcome(undefined);
      const upload = queue
        .getState()
        .uploads.find(({ state }) => state.phase === "done" && state.picture.uploadId === picture.uploadId);
      if (upload) queue.remove(upload.id);
    },
    [api, kept, queue],
  );

  const save = () => {
    saveFile(`image-host-history-${new Date().toISOString().slice(0, 10)}.json`, exportHistory(all));
  };

  const take = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? [];
    if (!file) return;
    try {
      const { pictures: read, leftOut, first } = await importHistory(file);
      target.value = "";
      const added = await kept.add(read);
      const known = read.length - added;
      const text = known === 0 ? words.imported(added) : words.importedSome(added, known);
      setOutcome({
        text: first ? `${text} ${leftOutText(leftOut, first, words)}` : text,
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
    await kept.clear().catch(() => undefined);
    await load();
    heading.current?.focus();
  };

  return (
    <section className={styles.history} aria-labelledby={`${id}-title`}>
      <Title className={styles.title} id={`${id}-title`} ref={heading}>
        {names.title}
      </Title>
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
          <p className={styles.count}>{countText(search(all, sought).length, all.length, words)}</p>
        ) : null}
      </div>
      <PictureList ref={list} aria-labelledby={`${id}-title`}>
        {found.slice(0, shown).map((picture) => (
          <HistoryRow key={picture.uploadId} kept={picture} onDelete={remove} />
        ))}
      </PictureList>
      {found.length > shown ? (
        <p className={styles.more}>
          <Button onClick={() => setShown(shown + SHOWN)}>{words.more}</Button>
        </p>
      ) : null}
    </section>
  );
}

function countText(found: number, all: number, words: HistoryWords): string {
  return found === all ? words.count(all) : words.countOf(found, all);
}

function countDone(queue: Pick<UploadQueue, "getState">): number {
  return queue.getState().uploads.filter(({ state }) => state.phase === "done").length;
}
