import type { ComponentProps } from "react";
import styles from "./Button.module.css";

export type ButtonKind = "plain" | "primary" | "danger" | "quiet" | "small" | "icon";

export function buttonClass(kind: ButtonKind = "plain", more = ""): string {
  return [styles.button, kind === "plain" ? "" : styles[kind], more].filter(Boolean).join(" ");
}

/** A button of the page's own look; `className` adds to it. */
export function Button({
  kind,
  className,
  ...rest
}: ComponentProps<"button"> & { kind?: ButtonKind | undefined }) {
  return <button type="button" className={buttonClass(kind, className)} {...rest} />;
}
