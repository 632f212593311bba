import type { ComponentProps } from "react";
import styles from "./Title.module.css";

/** The heading of a view. It can take the focus, so that a screen reader starts there. */
export function Title({ className, ...rest }: ComponentProps<"h1">) {
  return <h1 className={`${styles.title} ${className}`} tabIndex={-1} {...rest} />;
}
