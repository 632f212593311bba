import { type RefObject, useState } from "react";
import type { Limits } from "../api/wire";
import type { SettingsStore } from "../device/settings";
import { useMessages } from "../messages/useMessages";
import { Later } from "../ui/Later";
import { TokenField } from "../ui/TokenField";
import { useStore } from "../ui/useStore";
import styles from "./Options.module.css";

// One file: each alone is too small for one.
export const loadOptionFields = async () => (await import("./OptionFields")).OptionFields;
const loadOptionChips = async () => (await import("./OptionFields")).OptionChips;

interface OptionsInUseProps {
  settings: SettingsStore;
  /** Gets the focus when the last of them is turned off. */
  fallback: RefObject<HTMLElement | null>;
}

/** Says which options are in use, beside what adds pictures. */
export function OptionsInUse({ settings, fallback }: OptionsInUseProps) {
  const { expiresIn, shrink, keepMetadata } = useStore(settings);
  const inUse = expiresIn || shrink || keepMetadata;
  return inUse ? <Later load={loadOptionChips} props={{ settings, fallback }} /> : null;
}

interface OptionsProps {
  accepted: Limits;
  settings: SettingsStore;
  /** The picture that was added last; it shows what the options do. */
  newest: File | undefined;
}

/** What the page does with the pictures that are added from now on; remembered on this device. */
export function Options({ accepted, settings, newest }: OptionsProps) {
  const { options: words } = useMessages();
  const [open, setOpen] = useState(false);

  return (
    <>
      {accepted.tokenRequired ? <TokenField settings={settings} /> : null}
      <button type="button" className={styles.toggle} aria-expanded={open} onClick={() => setOpen(!open)}>
        {words.title}
      </button>
      {open ? <Later load={loadOptionFields} props={{ accepted, settings, newest }} /> : null}
    </>
  );
}
