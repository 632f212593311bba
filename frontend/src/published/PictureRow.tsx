import type { ComponentProps, ReactNode } from "react";
import { useMessages } from "../messages/useMessages";
import styles from "./PictureRow.module.css";
import { Thumbnail } from "./Thumbnail";

export type ListView = "rows" | "grid";

export interface PictureRowProps extends Omit<ComponentProps<"li">, "onSelect" | "id"> {
  /** Identifies the row for the selection, and labels it. */
  id: string;
  name: string;
  picture: Blob | string;
  /** Size, type and the like: one element each. A grid leaves them out. */
  facts?: ReactNode;
  /** Its state, in a word or two; a grid shows it, too. */
  status?: ReactNode;
  /** The line below: the link, or how far it is. A grid shows only what is no link. */
  line?: ReactNode;
  /** A sentence about the picture as a whole: why it was not taken, or that it is deleted. */
  note?: ReactNode;
  /** A few controls at the end of the row. */
  actions?: ReactNode;
  /** Whether it is selected; undefined if it can't be. */
  selected?: boolean | undefined;
  /** `range` asks for everything between the last one and this. */
  onSelect?: ((id: string, range: boolean) => void) | undefined;
}

/** One picture of a list: a row of 72 px, or a tile of a grid. What it shows is the same, so a change moves nothing. */
export function PictureRow(props: PictureRowProps) {
  const { id, name, picture, facts, status, line, note, actions, selected, onSelect, children, ...rest } =
    props;
  const { upload } = useMessages();
  return (
    <li className={styles.row} aria-labelledby={`name-${id}`} data-id={id} data-selected={selected} {...rest}>
      <div className={styles.thumbnail}>
        <Thumbnail source={picture} />
        {onSelect ? (
          // It lies over the whole thumbnail, so that a finger finds it.
          <input
            className={styles.select}
            type="checkbox"
            aria-label={upload.select(name)}
            checked={selected ?? false}
            onChange={({ nativeEvent }) =>
              onSelect(id, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
            }
          />
        ) : null}
      </div>
      <div className={styles.what}>
        <p className={styles.name} id={`name-${id}`} title={name} dir="auto">
          {name}
        </p>
        <p className={styles.facts}>
          {status ? <span className={styles.status}>{status}</span> : null}
          {facts ? <span className={styles.fact}>{facts}</span> : null}
        </p>
        {line ? <div className={styles.line}>{line}</div> : null}
      </div>
      {actions ? <div className={styles.actions}>{actions}</div> : null}
      {note || children ? (
        <div className={styles.below}>
          {note ? <p className={styles.note}>{note}</p> : null}
          {children}
        </div>
      ) : null}
    </li>
  );
}

export function PictureList({ view = "rows", ...rest }: ComponentProps<"ul"> & { view?: ListView }) {
  return <ul className={styles.list} data-view={view} {...rest} />;
}

/** A link that shows its end, which tells one from another. */
export function LinkLine({ href }: { href: string }) {
  return (
    <a className={styles.link} href={href} target="_blank" rel="noreferrer" title={href}>
      <bdi dir="ltr">{href}</bdi>
    </a>
  );
}
