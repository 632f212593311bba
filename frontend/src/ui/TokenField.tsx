import { type ReactNode, useId } from "react";
import type { SettingsStore } from "../device/settings";
import { useMessages } from "../messages/useMessages";
import styles from "./TokenField.module.css";
import { useStore } from "./useStore";

/** Takes the access token of a private server, which this device remembers; `children` say more about it. */
export function TokenField({ settings, children }: { settings: SettingsStore; children?: ReactNode }) {
  const { options: words } = useMessages();
  const { accessToken } = useStore(settings);
  const id = useId();
  return (
    <p className={styles.token}>
      <label htmlFor={id}>{words.accessToken}</label>
      <input
        id={id}
        type="password"
        autoComplete="current-password"
        spellCheck={false}
        aria-describedby={`${id}-hint`}
        value={accessToken ?? ""}
        onChange={(event) => settings.setState({ accessToken: event.target.value.trim() || undefined })}
      />
      <span className={styles.hint} id={`${id}-hint`}>
        {words.accessTokenHint} {children}
      </span>
    </p>
  );
}
