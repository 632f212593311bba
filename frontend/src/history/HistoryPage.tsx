import {
  Fragment,
  type ReactNode,
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
import { createKeptAlbums, type KeptAlbums } from "../device/keptAlbums";
import { createKeptPictures, type KeptPictures } from "../device/keptPictures";
import type { ServerClock } from "../device/serverClock";
import type { SettingsStore } from "../device/settings";
import type { UploadQueue } from "../engine/queue";
import { regional } from "../messages/format";
import { type HistoryWords, historyWords } from "../messages/history";
import { useMessages, useWords } from "../messages/useMessages";
import { useFormat } from "../published/format";
import type { ListView } from "../published/PictureRow";
import { selectionKeys, useSelection } from "../published/selection";
import { useCopyKey } from "../published/useCopyKey";
import { useAnnounce } from "../ui/Announcer";
import { Button, buttonClass } from "../ui/Button";
import { Title } from "../ui/Title";
import { useCaughtFocus } from "../ui/useCaughtFocus";
import { useStore } from "../ui/useStore";
import { DayList } from "./DayList";
import { byDay } from "./days";
import { BadHistory, exportHistory, importHistory, leftOutText, MAX_ENTRIES, MAX_FILE_BYTES } from "./file";
import styles from "./HistoryPage.module.css";
import { HistoryRow } from "./HistoryRow";
import { HistoryTools } from "./HistoryTools";
import type { UnkeptPictures } from "./record";
import { SelectedTools } from "./SelectedTools";
import { search } from "./search";
import { useHistory } from "./useHistory";

/** Rows shown at first, and added by each "Show more". */
const SHOWN = 30;
/** More than these are shown as a grid, unless a person chooses otherwise. */
const FEW = 12;

interface HistoryPageProps {
  api: Pick<Api, "remove">;
  clock: ServerClock;
  openDatabase: OpenDatabase;
  queue: Pick<UploadQueue, "getState" | "subscribe" | "remove">;
  settings: SettingsStore;
  unkept: UnkeptPictures;
  /** What else was made from this browser. */
  children?: ReactNode;
}

/** Lists what was uploaded from this browser, by day. */
export function HistoryPage(props: HistoryPageProps) {
  const { api, clock, openDatabase, queue, settings, unkept, children } = props;
  const { history: names, home, tag, announce: said, upload } = useMessages();
  const words = useWords(historyWords);
  const announce = useAnnounce();
  const [kept] = useState(() => createKeptPictures(openDatabase));
  const [albums] = useState(() => createKeptAlbums(openDatabase));
  const history = useHistory({ api, kept, queue, unkept });
  const { state, listed, all, deletionOf, load, remove } = history;
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const { known } = useStore(clock);
  const { view: chosenView } = useStore(settings);
  const { format } = useFormat();
  const [query, setQuery] = useState("");
  const [shown, setShown] = useState(SHOWN);
  const [imports, setImports] = useState(0);
  /** The outcome of the last import. */
  const [outcome, setOutcome] = useState<{ text: string; failed: boolean }>();
  useEffect(() => heading.current?.focus(), []);

  const sought = useDeferredValue(query);
  const found = useMemo(() => search(listed, sought), [listed, sought]);
  const present = useMemo(
    () => found.filter((each) => deletionOf(each.uploadId) !== "done"),
    [found, deletionOf],
  );
  const ids = useMemo(() => present.map(({ uploadId }) => uploadId), [present]);
  const selection = useSelection(ids);
  const selected = useMemo(
    () => present.filter(({ uploadId }) => selection.has(uploadId)),
    [present, selection],
  );
  const caught = useCaughtFocus<HTMLDivElement>(`${selection.ids.length > 0} ${listed.length}`);
  useCopyKey(selected, format);
  // After the last "Show more" the button is gone: move the focus to the first new row.
  useLayoutEffect(() => {
    const first = found[shown - SHOWN];
    if (document.activeElement !== document.body || !first || shown === SHOWN) return;
    body.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(first.uploadId)}"]`)?.focus();
  }, [shown, found]);

  const view: ListView = chosenView ?? (all.length > FEW ? "grid" : "rows");
  // Until the server has said what time it is, nothing counts as expired.
  const now = known ? clock.now() : undefined;
  const isExpired = ({ expiresAt }: KeptPicture) =>
    expiresAt !== null && now !== undefined && Date.parse(expiresAt) < now;
  const days = useMemo(
    () => byDay(found.slice(0, shown), (known ? clock.now() : undefined) ?? Date.now(), regional(tag)),
    [found, shown, known, clock, tag],
  );

  const removeAll = useCallback(
    async (pictures: readonly KeptPicture[]) => {
      setOutcome(undefined);
      const n = await remove(pictures);
      const [first] = pictures;
      if (n === 0 || !first) return;
      announce(pictures.length === 1 ? said.deleted(first.name || upload.unnamed) : words.deletedSome(n));
    },
    [remove, announce, said, upload, words],
  );
  const removeOne = useCallback((picture: KeptPicture) => void removeAll([picture]), [removeAll]);

  const save = (...what: Parameters<typeof exportHistory>) =>
    saveFile(`image-host-history-${new Date().toISOString().slice(0, 10)}.json`, exportHistory(...what));
  const take = async (file: File) => {
    setOutcome(await importOutcome(file, kept, albums, words));
    setImports((n) => n + 1);
    await load();
  };
  const clear = async () => {
    await kept.clear().catch(() => undefined);
    await load();
    heading.current?.focus();
  };

  const readable = state === "read";
  return (
    <section className={styles.history} aria-labelledby={`${id}-title`}>
      <Title className={styles.title} id={`${id}-title`} ref={heading}>
        {names.title}
      </Title>
      {all.length > 0 && readable ? <p className={styles.lead}>{words.lead}</p> : null}
      <HistoryTools
        {...{ view, settings, query }}
        count={all.length}
        onQuery={(text) => {
          setQuery(text);
          setShown(SHOWN);
        }}
        onExport={async () => save(all, await albums.all().catch(() => []))}
        onImport={readable ? take : undefined}
        onClear={readable ? () => void clear() : undefined}
      />
      <div role="status">
        {outcome ? <p className={outcome.failed ? styles.failed : styles.note}>{outcome.text}</p> : null}
        {/* Above, a notice says so of what could not be kept. */}
        {state === "unreadable" || (state === "unavailable" && all.length === 0) ? (
          <p className={styles.failed}>{words[state]}</p>
        ) : null}
        {readable && all.length === 0 ? <p className={styles.empty}>{words.empty}</p> : null}
      </div>
      {/* Read again after an import. */}
      <Fragment key={imports}>{children}</Fragment>
      {state === "unreadable" ? <Button onClick={() => void load()}>{words.reload}</Button> : null}
      {readable && all.length === 0 ? (
        <a className={buttonClass("primary")} href="/#">
          {home}
        </a>
      ) : null}
      <div {...caught}>
        {/* In the same place, so that the list stays where it is. */}
        <div className={styles.head} data-empty={all.length === 0}>
          {selected.length > 0 ? (
            <SelectedTools
              pictures={selected}
              selection={selection}
              onExport={() => save(selected)}
              onDelete={() => void removeAll(selected)}
            />
          ) : null}
          <p className={selected.length > 0 ? "visually-hidden" : styles.count} role="status">
            {all.length > 0 ? countText(search(all, sought).length, all.length, words) : null}
          </p>
        </div>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the checkboxes inside */}
        <div ref={body} onKeyDown={selectionKeys(selection)}>
          {days.map((day) => (
            <DayList key={day.key} day={day} view={view}>
              {(picture) => (
                <HistoryRow
                  key={picture.uploadId}
                  kept={picture}
                  deletion={deletionOf(picture.uploadId)}
                  isExpired={isExpired(picture)}
                  selected={selection.has(picture.uploadId)}
                  onSelect={selection.toggle}
                  onDelete={removeOne}
                />
              )}
            </DayList>
          ))}
        </div>
      </div>
      {found.length > shown ? (
        <p className={styles.more}>
          <Button onClick={() => setShown(shown + SHOWN)}>{words.more}</Button>
        </p>
      ) : null}
    </section>
  );
}

/** Import a file, and say what came of it. */
async function importOutcome(
  file: File,
  kept: KeptPictures,
  albums: KeptAlbums,
  words: HistoryWords,
): Promise<{ text: string; failed: boolean }> {
  try {
    const { pictures, leftOut, first, ...others } = await importHistory(file);
    const added = await kept.add(pictures);
    const here = new Set((await albums.all()).map(({ albumId }) => albumId));
    await albums.put(...others.albums.filter(({ albumId }) => !here.has(albumId)));
    const known = pictures.length - added;
    const text = known === 0 ? words.imported(added) : words.importedSome(added, known);
    return {
      text: first ? `${text} ${leftOutText(leftOut, first, words)}` : text,
      failed: first !== undefined,
    };
  } catch (error) {
    let text = words.notKept;
    if (error instanceof BadHistory)
      text = error.tooLarge
        ? words.tooLarge(file.name, MAX_FILE_BYTES, MAX_ENTRIES)
        : words.noHistory(file.name);
    return { text, failed: true };
  }
}

function countText(found: number, all: number, words: HistoryWords): string {
  return found === all ? words.count(all) : words.countOf(found, all);
}
