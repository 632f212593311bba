import { useEffect, useRef, useState } from "react";
import { PictureIcon } from "../ui/icons";
import styles from "./Preview.module.css";
import { release } from "./release";

interface PreviewProps {
  /** Undefined while there is nothing to show. */
  file: Blob | undefined;
  /** Shown in place of a file that is gone, or that the browser can't show. */
  link: string | undefined;
}

/** One picture, as large as there is room. Its alternative text is empty because its name is beside it. */
export function Preview({ file, link }: PreviewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [url, setUrl] = useState<string>();
  const [loaded, setLoaded] = useState<string>();
  /** The URLs that could not be shown. */
  const [broken, setBroken] = useState<readonly string[]>([]);
  useEffect(() => {
    if (!file) return undefined;
    const shownIn = frame.current;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => {
      release(made, shownIn);
      setUrl(undefined);
    };
  }, [file]);
  // A file has its URL a moment later: the link is not asked for until then.
  const isWaiting = file !== undefined && url === undefined;
  const shown = isWaiting ? undefined : [url, link].find((each) => each && !broken.includes(each));
  return (
    <div ref={frame} className={styles.frame}>
      {shown ? (
        <img
          // What is shown in part is decoded twice.
          className={shown === loaded ? styles.image : `${styles.image} ${styles.loading}`}
          src={shown}
          alt=""
          decoding="async"
          // Dragging it would look like dropping a file on the page.
          draggable={false}
          onLoad={() => setLoaded(shown)}
          onError={() => setBroken((before) => [...before, shown])}
        />
      ) : (
        <div className={styles.empty}>
          <PictureIcon />
        </div>
      )}
    </div>
  );
}
