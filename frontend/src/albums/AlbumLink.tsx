import { useEffect, useRef, useState } from "react";
import type { Album } from "../api/wire";
import { albumWords } from "../messages/albums";
import { useMessages, useWords } from "../messages/useMessages";
import { ByHand } from "../published/ByHand";
import { share } from "../published/PictureMenu";
import { Button, buttonClass } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import styles from "./AlbumPage.module.css";

/** The link of an album, to copy, to open and to share; a new one is selected. */
export function AlbumLink({ album, isNew }: { album: Album; isNew: boolean }) {
  const { announce, upload } = useMessages();
  const words = useWords(albumWords);
  const [byHand, setByHand] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const link = album.albumURL;
  useEffect(() => {
    if (isNew) field.current?.focus();
  }, [isNew]);
  return (
    <div className={styles.link}>
      <input
        ref={field}
        readOnly
        value={link}
        aria-label={words.link}
        onFocus={({ target }) => target.select()}
      />
      <CopyButton
        kind="primary"
        text={link}
        label={words.copyLink}
        name={words.copyLink}
        what={announce.links(1)}
        onByHand={setByHand}
      />
      <a className={buttonClass()} href={link} target="_blank" rel="noreferrer">
        {words.open}
      </a>
      {"share" in navigator ? <Button onClick={() => void share(link)}>{upload.share}</Button> : null}
      {byHand === undefined ? null : <ByHand text={byHand} onClose={() => setByHand(undefined)} />}
    </div>
  );
}
