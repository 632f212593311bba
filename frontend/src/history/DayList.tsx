import { type ReactNode, useId } from "react";
import type { KeptPicture } from "../device/database";
import { type ListView, PictureList } from "../published/PictureRow";
import type { Day } from "./days";
import styles from "./HistoryPage.module.css";

interface DayListProps {
  day: Day;
  view: ListView;
  children: (picture: KeptPicture) => ReactNode;
}

/** The pictures of one day. */
export function DayList({ day, view, children }: DayListProps) {
  const id = useId();
  return (
    <section className={styles.day} aria-labelledby={id}>
      <h2 className={styles.dayTitle} id={id}>
        {day.title}
      </h2>
      <PictureList view={view} aria-labelledby={id}>
        {day.pictures.map(children)}
      </PictureList>
    </section>
  );
}
