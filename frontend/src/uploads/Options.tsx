import { useId, useState } from "react";
import type { Limits } from "../api/wire";
import type { SettingsStore } from "../device/settings";
import { useMessages } from "../messages/useMessages";
import { Later } from "../ui/Later";
import { useStore } from "../ui/useStore";
import styles from "./Options.module.css";

export const loadOptionFields = async () => (await import("./OptionFields")).OptionFields;

/** What the page does with the pictures that are chosen from now on; remembered on this device. */
export function Options({ accepted, settings }: { accepted: Limits; settings: SettingsStore }) {
  const { options: words } = useMessages();
  const { accessToken } = useStore(settings);
  const [opened, setOpened] = useState(false);
  const id = useId();

  return (
    <>
      {accepted.tokenRequired ? (
        <p className={styles.token}>
          <label htmlFor={`${id}-token`}>{words.accessToken}</label>
          <input
            id={`${id}-token`}
            type="password"
            autoComplete="current-password"
            spellCheck={false}
            aria-describedby={`${id}-token-hint`}
            value={accessToken ?? ""}
            onChange={(event) => settings.setState({ accessToken: event.target.value.trim() || undefined })}
          />
          <span className={styles.hint} id={`${id}-token-hint`}>
            {words.accessTokenHint}
          </span>
        </p>
      ) : null}
      <details className={styles.options} onToggle={() => setOpened(true)}>
        <summary className={styles.summary}>{words.title}</summary>
        {opened ? <Later load={loadOptionFields} props={{ expiries: accepted.expiries, settings }} /> : null}
      </details>
    </>
  );
}
