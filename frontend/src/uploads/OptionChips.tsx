import { type KeyboardEvent, type RefObject, useRef } from "react";
import type { PictureOptions, SettingsStore } from "../device/settings";
import { typeName } from "../messages/format";
import { type OptionsWords, optionsWords } from "../messages/options";
import { useWords } from "../messages/useMessages";
import { useAnnounce } from "../ui/Announcer";
import { Button } from "../ui/Button";
import { CrossIcon } from "../ui/icons";
import { useStore } from "../ui/useStore";
import styles from "./Options.module.css";

interface Chip {
  text: string;
  off: Partial<PictureOptions>;
}

interface OptionChipsProps {
  settings: SettingsStore;
  /** Gets the focus when the last chip is gone. */
  fallback: RefObject<HTMLElement | null>;
}

/** What the page does with pictures beyond the ordinary, always in view; each can be turned off. */
export function OptionChips({ settings, fallback }: OptionChipsProps) {
  const words = useWords(optionsWords);
  const announce = useAnnounce();
  const list = useRef<HTMLUListElement>(null);
  const chips = chipsOf(useStore(settings), words);

  function turnOff({ text, off }: Chip): void {
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    // Before the button is gone, so that the focus is never lost.
    if (at >= 0) (buttons[at + 1] ?? buttons[at - 1] ?? fallback.current)?.focus();
    settings.setState(off);
    announce(words.turnedOff(text));
  }
  function pressed(event: KeyboardEvent, chip: Chip): void {
    if (event.key !== "Delete" && event.key !== "Backspace") return;
    event.preventDefault();
    turnOff(chip);
  }

  return (
    <ul className={styles.chips} aria-label={words.chips} ref={list}>
      {chips.map((chip) => (
        <li className={styles.chip} key={Object.keys(chip.off)[0]}>
          {chip.text}
          <Button
            kind="icon"
            className={styles.off}
            aria-label={words.turnOff(chip.text)}
            title={words.turnOff(chip.text)}
            onClick={() => turnOff(chip)}
            onKeyDown={(event) => pressed(event, chip)}
          >
            <CrossIcon />
          </Button>
        </li>
      ))}
    </ul>
  );
}

function chipsOf({ expiresIn, shrink, keepMetadata }: PictureOptions, words: OptionsWords): Chip[] {
  const chips: Chip[] = [];
  if (expiresIn) {
    const text = words.deletedAfter(Number.parseInt(expiresIn, 10));
    chips.push({ text, off: { expiresIn: undefined } });
  }
  if (shrink) {
    const text = words.noMoreThan(shrink.longestSide, typeName(shrink.contentType), shrink.quality);
    chips.push({ text, off: { shrink: undefined } });
  }
  if (keepMetadata) {
    const text = shrink ? words.metadataKeptUnlessSmaller : words.metadataKept;
    chips.push({ text, off: { keepMetadata: false } });
  }
  return chips;
}
