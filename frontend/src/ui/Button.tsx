import type { ComponentProps } from "react";
import "./button.css";

export type ButtonKind = "plain" | "primary" | "danger" | "quiet" | "small" | "icon";

export function buttonClass(kind: ButtonKind = "plain", more = ""): string {
  return ["button", kind === "plain" ? "" : kind, more].filter(Boolean).join(" ");
}

/** A button of the page's own look; `className` adds to it. */
export function Button({
  kind,
  className,
  ...rest
}: ComponentProps<"button"> & { kind?: ButtonKind | undefined }) {
  return <button type="button" className={buttonClass(kind, className)} {...rest} />;
}
