import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { SettingsStore } from "../device/settings";
import type { UploadQueue } from "../engine/queue";
import type { Upload } from "../engine/upload";
import { listWords } from "../messages/list";
import { useMessages, useWords } from "../messages/useMessages";
import { useFormat } from "../published/format";
import { PictureList } from "../published/PictureRow";
import { selectionKeys, useSelection } from "../published/selection";
import { useCopyKey } from "../published/useCopyKey";
import { useAnnounce } from "../ui/Announcer";
import { useCaughtFocus } from "../ui/useCaughtFocus";
import { useStore } from "../ui/useStore";
import { type Filter, isFinished, passes } from "./filters";
import { ListHead } from "./ListHead";
import { SelectionBar } from "./SelectionBar";
import { SingleUpload } from "./SingleUpload";
import { summarize } from "./summary";
import { TroubleNote } from "./TroubleNote";
import { oneCause } from "./trouble";
import styles from "./UploadList.module.css";
import { UploadRow } from "./UploadRow";

/** More than these are shown as a grid, unless a person chooses otherwise. */
const FEW = 12;

type List = RefObject<HTMLUListElement | null>;

interface UploadListProps {
  queue: UploadQueue;
  settings: SettingsStore;
  uploads: readonly Upload[];
  /** What was added last. */
  fresh: ReadonlySet<string>;
  /** The last row is gone, and the focus with it. */
  onEmptied: () => void;
}

export function UploadList({ queue, settings, uploads, fresh, onEmptied }: UploadListProps) {
  const messages = useMessages();
  const words = useWords(listWords);
  const { accessToken, view: chosenView } = useStore(settings);
  const { format } = useFormat();
  const [wanted, setFilter] = useState<Filter>("all");
  const list = useRef<HTMLUListElement>(null);
  const summary = useMemo(() => summarize(uploads), [uploads]);
  // When the last failed picture is on its way, its filter would show nothing.
  const filter = uploads.some((upload) => passes(upload, wanted)) ? wanted : "all";
  const shown = useMemo(() => uploads.filter((upload) => passes(upload, filter)), [uploads, filter]);
  const ids = useStableIds(shown);
  const selection = useSelection(ids);
  const selected = useMemo(() => shown.filter(({ id }) => selection.has(id)), [shown, selection]);
  const cause = useMemo(() => oneCause(uploads, messages), [uploads, messages]);
  const grouped = useMemo(() => new Set(cause?.ids), [cause]);
  const single = uploads.length === 1 ? uploads[0] : undefined;
  const view = chosenView ?? (uploads.length > FEW ? "grid" : "rows");
  const hide = useHide(list, queue, onEmptied);
  const hideOne = useCallback((id: string) => hide([id]), [hide]);
  const change = [
    single === undefined,
    filter,
    selection.ids.length > 0,
    summary.underWay > 0,
    uploads.length,
  ];
  const caught = useCaughtFocus<HTMLElement>(change.join());
  useShowFresh(list, fresh, shown);
  useCopyKey(
    selected.flatMap(({ state }) => (state.phase === "done" ? [state.picture] : [])),
    format,
  );

  return (
    <section className={styles.section} aria-labelledby="uploads-title" {...caught}>
      <h2 className="visually-hidden" id="uploads-title">
        {words.label}
      </h2>
      {single ? null : (
        <div className={styles.head}>
          {selection.ids.length > 0 ? (
            <SelectionBar uploads={selected} selection={selection} queue={queue} onHide={hide} />
          ) : (
            <ListHead
              {...{ uploads, summary, queue, settings, view, filter }}
              onFilter={setFilter}
              // The page shows the list a moment later than it changes.
              onClear={() =>
                hide(
                  queue
                    .getState()
                    .uploads.filter(isFinished)
                    .map(({ id }) => id),
                )
              }
            />
          )}
        </div>
      )}
      {cause && (cause.token || !single) ? (
        <TroubleNote cause={cause} queue={queue} hasToken={accessToken !== undefined} />
      ) : null}
      <PictureList
        ref={list}
        view={single ? "rows" : view}
        aria-labelledby="uploads-title"
        onKeyDown={selectionKeys(selection)}
      >
        {single ? (
          <SingleUpload key={single.id} upload={single} queue={queue} onHide={hideOne} />
        ) : (
          shown.map((upload) => (
            <UploadRow
              key={upload.id}
              upload={upload}
              queue={queue}
              onHide={hideOne}
              quiet={grouped.has(upload.id)}
              fresh={fresh.size < uploads.length && fresh.has(upload.id)}
              selected={selection.has(upload.id)}
              onSelect={selection.toggle}
            />
          ))
        )}
      </PictureList>
    </section>
  );
}

/** Return the ids of the uploads; the same array while they are the same, for a new one renders every row again. */
function useStableIds(uploads: readonly Upload[]): readonly string[] {
  const ids = uploads.map(({ id }) => id);
  const joined = ids.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the ids
  return useMemo(() => ids, [joined]);
}

/** Return a function that takes uploads off the list, and moves the focus to the nearest that stays. */
function useHide(list: List, queue: UploadQueue, onEmptied: () => void): (ids: readonly string[]) => void {
  const messages = useMessages();
  const words = useWords(listWords);
  const announce = useAnnounce();
  const focusAt = useRef<string>(undefined);
  useLayoutEffect(() => {
    if (focusAt.current === undefined) return;
    list.current?.querySelector<HTMLElement>(`[data-id="${focusAt.current}"]`)?.focus();
    focusAt.current = undefined;
  });
  return useCallback(
    (ids) => {
      const gone = new Set(ids);
      const listed = queue.getState().uploads;
      const first = listed.findIndex(({ id }) => gone.has(id));
      if (first < 0) return;
      const after = listed.slice(first).find(({ id }) => !gone.has(id));
      const neighbour = after ?? listed.slice(0, first).at(-1);
      // After the row has gone; a list of one looks otherwise.
      focusAt.current = neighbour?.id;
      const name = listed[first]?.file.name || messages.upload.unnamed;
      for (const id of ids) queue.remove(id);
      if (!neighbour) onEmptied();
      announce(ids.length === 1 ? messages.announce.hidden(name) : words.hidden(ids.length));
    },
    [queue, messages, words, announce, onEmptied],
  );
}

/** Scroll to what was added last, once it is there. */
function useShowFresh(list: List, fresh: ReadonlySet<string>, shown: readonly Upload[]): void {
  const scrolled = useRef<ReadonlySet<string>>(undefined);
  useEffect(() => {
    const first = shown.find(({ id }) => fresh.has(id));
    if (!first || scrolled.current === fresh) return;
    scrolled.current = fresh;
    list.current?.querySelector(`[data-id="${first.id}"]`)?.scrollIntoView({ block: "nearest" });
  }, [list, fresh, shown]);
}
