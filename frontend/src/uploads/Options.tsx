import { useState } from "react";
import type { Limits } from "../api/wire";
import type { SettingsStore } from "../device/settings";
import { useMessages } from "../messages/useMessages";
import { Later } from "../ui/Later";
import { TokenField } from "../ui/TokenField";
import styles from "./Options.module.css";

export const loadOptionFields = async () => (await import("./OptionFields")).OptionFields;

/** What the page does with the pictures that are chosen from now on; remembered on this device. */
export function Options({ accepted, settings }: { accepted: Limits; settings: SettingsStore }) {
  const { options: words } = useMessages();
  const [opened, setOpened] = useState(false);

  return (
    <>
      {accepted.tokenRequired ? <TokenField settings={settings} /> : null}
      <details className={styles.options} onToggle={() => setOpened(true)}>
        <summary className={styles.summary}>{words.title}</summary>
        {opened ? <Later load={loadOptionFields} props={{ expiries: accepted.expiries, settings }} /> : null}
      </details>
    </>
  );
}
