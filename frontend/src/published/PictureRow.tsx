import type { ComponentProps, ReactNode } from "react";
import styles from "./PictureRow.module.css";
import { Thumbnail } from "./Thumbnail";

interface PictureRowProps extends ComponentProps<"li"> {
  name: string;
  /** The id of the element with the name, which labels the row. */
  nameId: string;
  picture: Blob | string;
  /** Size, type and the like: one element each. */
  facts: ReactNode;
  /** More about the picture, below the facts. */
  details?: string | undefined;
  actions?: ReactNode;
  /** A sentence about the picture as a whole: why it was not taken, or that it is deleted. */
  note?: string | undefined;
}

/** One picture of a list: its thumbnail, name and facts, and below them what can be done with it. */
export function PictureRow(props: PictureRowProps) {
  const { name, nameId, picture, facts, details, actions, note, children, ...rest } = props;
  return (
    <li className={styles.row} aria-labelledby={nameId} {...rest}>
      <div className={styles.thumbnail}>
        <Thumbnail source={picture} />
      </div>
      <div className={styles.what}>
        <p className={styles.name} id={nameId} title={name}>
          {name}
        </p>
        <p className={styles.facts}>{facts}</p>
        {details ? <p className={styles.facts}>{details}</p> : null}
      </div>
      {actions ? <div className={styles.actions}>{actions}</div> : null}
      <div className={styles.below}>
        {note ? <p className={styles.note}>{note}</p> : null}
        {children}
      </div>
    </li>
  );
}

export function PictureList(props: ComponentProps<"ul">) {
  return <ul className={styles.list} {...props} />;
}
