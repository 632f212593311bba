import { type KeyboardEvent, type PointerEvent, useCallback, useId, useLayoutEffect, useRef } from "react";
import { flushSync } from "react-dom";
import { albumWords } from "../messages/albums";
import { useMessages, useWords } from "../messages/useMessages";
import { neighbour } from "../published/selection";
import { useAnnounce } from "../ui/Announcer";
import { useCaughtFocus } from "../ui/useCaughtFocus";
import styles from "./AlbumPage.module.css";
import { type Draft, leaveOut, move, setCaption } from "./draft";
import { PictureCard, type Way } from "./PictureCard";
import { useDrag } from "./useDrag";

interface PictureCardsProps {
  draft: Draft;
  change: (change: (draft: Draft) => Draft) => void;
  /** The links of those that are not on the server. */
  missing: ReadonlySet<string>;
}

const placeOf = ({ pictures }: Draft, link: string) => pictures.findIndex(({ viewURL }) => viewURL === link);

/** The pictures of an album in their order, which a person changes by dragging, by keys or by a menu. */
export function PictureCards({ draft, change, missing }: PictureCardsProps) {
  const { upload } = useMessages();
  const words = useWords(albumWords);
  const announce = useAnnounce();
  const hint = useId();
  const list = useRef<HTMLUListElement>(null);
  /** The picture whose handle has the focus, which moving it in the document takes away. */
  const held = useRef<string>(undefined);
  // Read by functions that never change: a new one would render each of hundreds of cards again.
  const now = useRef(draft);
  now.current = draft;
  const caught = useCaughtFocus<HTMLDivElement>(draft.pictures.length);

  useLayoutEffect(() => {
    if (held.current === undefined) return;
    list.current
      ?.querySelector<HTMLElement>(`[data-id="${CSS.escape(held.current)}"] [data-handle]`)
      ?.focus();
    held.current = undefined;
  });

  const nameOf = useCallback(
    (link: string) => now.current.pictures[placeOf(now.current, link)]?.filename || upload.unnamed,
    [upload],
  );
  const say = useCallback(
    (link: string) =>
      announce(words.moved(nameOf(link), placeOf(now.current, link) + 1, now.current.pictures.length)),
    [announce, words, nameOf],
  );
  const moveTo = useCallback(
    (link: string, to: number, focus: boolean) => {
      const from = placeOf(now.current, link);
      if (from === to || to < 0 || to >= now.current.pictures.length) return;
      if (focus) held.current = link;
      // At once: what comes next looks at where things are.
      flushSync(() => change((before) => move(before, from, to)));
    },
    [change],
  );
  const { dragged, start } = useDrag(
    list,
    (link, over) => moveTo(link, placeOf(now.current, over), false),
    say,
  );
  const onKey = useCallback(
    (event: KeyboardEvent<HTMLElement>, link: string) => {
      const cards = [...(list.current?.children ?? [])] as HTMLElement[];
      const rightToLeft = getComputedStyle(event.currentTarget).direction === "rtl";
      const to = neighbour(cards, placeOf(now.current, link), event.key, rightToLeft);
      if (!to) return;
      event.preventDefault();
      moveTo(link, cards.indexOf(to), true);
      say(link);
    },
    [moveTo, say],
  );
  const onMove = useCallback(
    (link: string, way: Way) => {
      const at = placeOf(now.current, link);
      const last = now.current.pictures.length - 1;
      moveTo(link, { front: 0, earlier: at - 1, later: at + 1, end: last }[way], true);
      say(link);
    },
    [moveTo, say],
  );
  const onLeaveOut = useCallback(
    (link: string) => {
      announce(words.leftOut(nameOf(link)));
      change((before) => leaveOut(before, new Set([link])));
    },
    [announce, words, nameOf, change],
  );
  const onCaption = useCallback(
    (link: string, caption: string) => change((before) => setCaption(before, link, caption)),
    [change],
  );
  const onCover = useCallback((cover: string) => change((before) => ({ ...before, cover })), [change]);
  // The newest, by a function that stays.
  const startNow = useRef(start);
  startNow.current = start;
  const onPress = useCallback((event: PointerEvent, link: string) => startNow.current(event, link), []);

  return (
    <div {...caught}>
      <p className="visually-hidden" id={hint}>
        {words.moveHint}
      </p>
      <ul className={styles.cards} ref={list} aria-label={words.list} data-dragging={dragged !== undefined}>
        {draft.pictures.map((picture) => (
          <PictureCard
            key={picture.viewURL}
            {...{ picture, hint, onCaption, onCover, onLeaveOut, onMove, onKey, onPress }}
            isCover={picture.viewURL === draft.cover}
            isGone={missing.has(picture.viewURL)}
            isDragged={picture.viewURL === dragged}
          />
        ))}
      </ul>
    </div>
  );
}
