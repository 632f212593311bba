import { useEffect, useState } from "react";
import { PictureIcon } from "../icons";
import styles from "./Thumbnail.module.css";

/** A small view of a picture, here or behind a link; empty alternative text, for its name stands beside it. */
export function Thumbnail({ source }: { source: Blob | string }) {
  const [url, setUrl] = useState<string>();
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (typeof source === "string") {
      setUrl(source);
      return undefined;
    }
    const made = URL.createObjectURL(source);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [source]);

  if (!url || broken) {
    return (
      <div className={`${styles.frame} ${styles.empty}`}>
        <PictureIcon />
      </div>
    );
  }
  return (
    <div className={styles.frame}>
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
        onError={() => setBroken(true)}
      />
    </div>
  );
}
