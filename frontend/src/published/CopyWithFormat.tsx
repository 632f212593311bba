import { useState } from "react";
import type { SnippetFormat } from "../device/settings";
import type { Messages } from "../messages/en";
import { useMessages } from "../messages/useMessages";
import { Button } from "../ui/Button";
import { CheckIcon, CopyIcon, DownIcon } from "../ui/icons";
import { Menu } from "../ui/Menu";
import { useCopy } from "../ui/useCopy";
import { ByHand } from "./ByHand";
import styles from "./CopyWithFormat.module.css";
import { useFormat } from "./format";
import { type SnippetSource, snippet } from "./snippets";

interface CopyWithFormatProps {
  /** Copied in this order, a line each. Called when it is needed: there may be hundreds. */
  pictures: () => readonly SnippetSource[];
  /** The name of the one picture; undefined for several. */
  of?: string | undefined;
  /** What the button says; "Copy" if undefined. It is the accessible name, too, where it is for several. */
  label?: string | undefined;
  size?: "small" | "plain" | "large";
}

/** One button that copies, and beside it the format, which the device remembers. Choosing another one copies, too. */
export function CopyWithFormat({ pictures, of, label, size = "plain" }: CopyWithFormatProps) {
  const { copy: words, announce } = useMessages();
  const { format, formats, choose, pageURL } = useFormat();
  const [byHand, setByHand] = useState<string>();
  const { copied, copy } = useCopy(setByHand);

  const copyAs = (chosen: SnippetFormat) => {
    const all = pictures();
    const what = of === undefined || chosen === "link" ? announce.links(all.length) : words.names[chosen];
    return copy(all.map((picture) => snippet(chosen, picture, pageURL)).join("\n"), what);
  };
  const formatName = of === undefined ? words.formats[format] : words.names[format];
  const face = label ?? words.copy;
  const name = nameOf(words, format, of ?? "");
  return (
    <span className={styles.pair} data-size={size}>
      <Button
        kind={size === "large" ? "primary" : "plain"}
        className={styles.copy}
        aria-label={of === undefined ? face : name}
        data-copied={copied}
        onClick={() => void copyAs(format)}
      >
        {copied ? <CheckIcon /> : <CopyIcon />}
        <span className={styles.face}>{face}</span>
      </Button>
      <Menu
        kind="plain"
        className={styles.format}
        name={words.formatOf(of ?? face, formatName)}
        entries={() =>
          formats.map((each) => ({
            label: of === undefined ? words.formats[each] : words.names[each],
            checked: each === format,
            onSelect: () => {
              choose(each);
              void copyAs(each);
            },
          }))
        }
      >
        <span className={styles.name}>{formatName}</span>
        <DownIcon />
      </Menu>
      {byHand === undefined ? null : <ByHand text={byHand} onClose={() => setByHand(undefined)} />}
    </span>
  );
}

/** Return the accessible name of what copies a picture in a format. */
function nameOf(words: Messages["copy"], format: SnippetFormat, picture: string): string {
  if (format === "link") return words.linkOf(picture);
  return format === "page" ? words.pageOf(picture) : words.snippetOf(words[format], picture);
}
