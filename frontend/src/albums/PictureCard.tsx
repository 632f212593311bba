import { type KeyboardEvent, memo, type PointerEvent } from "react";
import { albumWords } from "../messages/albums";
import { useMessages, useWords } from "../messages/useMessages";
import { Thumbnail } from "../published/Thumbnail";
import { Button } from "../ui/Button";
import { GripIcon, MoreIcon } from "../ui/icons";
import { Menu } from "../ui/Menu";
import styles from "./AlbumPage.module.css";
import { type DraftPicture, MAX_CAPTION } from "./draft";

/** Where to a picture is moved: by one, or all the way. */
export type Way = "front" | "earlier" | "later" | "end";

export interface CardActions {
  onCaption: (link: string, caption: string) => void;
  onCover: (link: string) => void;
  onLeaveOut: (link: string) => void;
  onMove: (link: string, way: Way) => void;
  onKey: (event: KeyboardEvent<HTMLElement>, link: string) => void;
  onPress: (event: PointerEvent, link: string) => void;
}

interface PictureCardProps extends CardActions {
  picture: DraftPicture;
  isCover: boolean;
  isGone: boolean;
  isDragged: boolean;
  /** The id of what says how it is moved. */
  hint: string;
}

/** One picture of an album that is being made. */
export const PictureCard = memo(function PictureCard(props: PictureCardProps) {
  const { picture, isCover, isGone, isDragged, hint } = props;
  const { onCaption, onCover, onLeaveOut, onMove, onKey, onPress } = props;
  const { upload } = useMessages();
  const words = useWords(albumWords);
  const { viewURL: link, caption } = picture;
  const name = picture.filename || upload.unnamed;
  return (
    <li className={styles.card} data-id={link} data-dragged={isDragged} data-gone={isGone} aria-label={name}>
      {/* A finger scrolls here; it drags by the handle. */}
      <div
        className={styles.picture}
        onPointerDown={(event) => event.pointerType === "mouse" && onPress(event, link)}
      >
        <Thumbnail source={picture.picture} />
        {isCover ? <span className={styles.badge}>{words.cover}</span> : null}
        {isGone ? <span className={styles.badge}>{words.gone}</span> : null}
      </div>
      <textarea
        className={styles.caption}
        rows={2}
        maxLength={MAX_CAPTION}
        dir="auto"
        aria-label={words.captionOf(name)}
        placeholder={words.caption}
        value={caption}
        onChange={({ target }) => onCaption(link, target.value)}
      />
      <div className={styles.tools}>
        <Button
          kind="icon"
          className={styles.handle}
          data-handle
          aria-label={words.moveOf(name)}
          aria-describedby={hint}
          onKeyDown={(event) => onKey(event, link)}
          onPointerDown={(event) => onPress(event, link)}
        >
          <GripIcon />
        </Button>
        <span className={styles.name} dir="auto" title={name}>
          {name}
        </span>
        <Menu
          name={words.moreOf(name)}
          entries={() => [
            ...(isCover ? [] : [{ label: words.makeCover, onSelect: () => onCover(link) }]),
            { label: words.toFront, onSelect: () => onMove(link, "front") },
            { label: words.earlier, onSelect: () => onMove(link, "earlier") },
            { label: words.later, onSelect: () => onMove(link, "later") },
            { label: words.toEnd, onSelect: () => onMove(link, "end") },
            { label: words.leaveOut, onSelect: () => onLeaveOut(link), danger: true },
          ]}
        >
          <MoreIcon />
        </Menu>
      </div>
    </li>
  );
});
