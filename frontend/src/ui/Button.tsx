import type { ComponentProps } from "react";
import styles from "./Button.module.css";

export type ButtonKind = "plain" | "primary" | "danger" | "quiet" | "small" | "icon";

export function buttonClass(kind: ButtonKind = "plain"): string {
  return [styles.button, kind === "plain" ? "" : styles[kind]].filter(Boolean).join(" ");
}

export function Button({ kind, ...rest }: ComponentProps<"button"> & { kind?: ButtonKind }) {
  return <button type="button" className={buttonClass(kind)} {...rest} />;
}
