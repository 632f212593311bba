import { useEffect, useState } from "react";
import { PictureIcon } from "../icons";
import styles from "./Thumbnail.module.css";

interface ThumbnailProps {
  file: File;
  /** Where the picture is, if its file is no longer here. */
  link: string | undefined;
}

/** A small view of a picture; empty alternative text, for its name stands beside it. */
export function Thumbnail({ file, link }: ThumbnailProps) {
  const [url, setUrl] = useState<string>();
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (file.size === 0) {
      setUrl(link);
      return undefined;
    }
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file, link]);

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
