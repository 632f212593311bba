import { useEffect, useState } from "react";
import { PictureIcon } from "../icons";
import styles from "./Thumbnail.module.css";

/** A small view of a file that is still here; empty alternative text, for its name stands beside it. */
export function Thumbnail({ file }: { file: File }) {
  const [url, setUrl] = useState<string>();
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);

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
