import { createContext, useContext, useEffect, useRef, useState } from "react";
import type { Preparer } from "../pictures/preparer";
import { PictureIcon } from "../ui/icons";
import { release } from "./release";
import styles from "./Thumbnail.module.css";

/** Makes a small copy of a file; undefined if the browser can't. */
export const ThumbnailContext = createContext<Preparer["thumbnail"]>(async () => undefined);

/** Pictures this far outside the viewport are already drawn, so that scrolling shows no gaps. */
const NEAR = "300px 0px";

/**
 * A small view of a file or of the picture at a link. Its alternative text is empty because its name is beside it.
 *
 * A file is shown by a small copy, made shortly before it comes into view: for an <img> browsers hold the whole file in
 * memory, long after it has left the document.
 */
export function Thumbnail({ source }: { source: Blob | string }) {
  const draw = useContext(ThumbnailContext);
  const frame = useRef<HTMLDivElement>(null);
  const [url, setUrl] = useState<string>();
  /** The URL that could not be shown. */
  const [broken, setBroken] = useState<string>();
  useEffect(() => {
    if (typeof source === "string") {
      setUrl(source);
      return undefined;
    }
    const shownIn = frame.current;
    let made: string | undefined;
    let gone = false;
    const show = (picture: Blob = source) => {
      if (gone) return;
      made = URL.createObjectURL(picture);
      setUrl(made);
    };
    const observer = new IntersectionObserver(
      (changes) => {
        if (!changes.some((change) => change.isIntersecting)) return;
        observer.disconnect();
        if (!(source instanceof File)) return show();
        // What a worker can't draw, an <img> can't show, such as HEIC; but old browsers' workers draw nothing.
        void draw(source).then((small) => {
          if (small || typeof OffscreenCanvas === "undefined") show(small);
        });
      },
      { rootMargin: NEAR },
    );
    if (shownIn) observer.observe(shownIn);
    return () => {
      gone = true;
      observer.disconnect();
      if (made) release(made, shownIn);
    };
  }, [source, draw]);

  if (!url || url === broken) {
    return (
      <div ref={frame} className={`${styles.frame} ${styles.empty}`}>
        <PictureIcon />
      </div>
    );
  }
  return (
    <div ref={frame} className={styles.frame}>
      <img
        className={styles.image}
        src={url}
        alt=""
        width={72}
        height={72}
        decoding="async"
        loading="lazy"
        // Dragging it would look like dropping a file on the page.
        draggable={false}
        onError={() => setBroken(url)}
      />
    </div>
  );
}
