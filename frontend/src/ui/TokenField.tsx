import type { ReactNode } from "react";
import type { SettingsStore } from "../device/settings";
import { useMessages } from "../messages/useMessages";
import styles from "./TokenField.module.css";
import { useStore } from "./useStore";

/** The id of the field: a page has one of it. */
const ID = "access-token";

/** Put the cursor where the token goes. */
export function focusTokenField(): void {
  document.getElementById(ID)?.focus();
}

/** Takes the access token of a private server, which this device remembers; `children` say more about it. */
export function TokenField({ settings, children }: { settings: SettingsStore; children?: ReactNode }) {
  const { options: words } = useMessages();
  const { accessToken } = useStore(settings);
  return (
    <p className={styles.token}>
      <label htmlFor={ID}>{words.accessToken}</label>
      <input
        id={ID}
        type="password"
        autoComplete="current-password"
        spellCheck={false}
        aria-describedby={`${ID}-hint`}
        value={accessToken ?? ""}
        onChange={(event) => settings.setState({ accessToken: event.target.value.trim() || undefined })}
      />
      <span className={styles.hint} id={`${ID}-hint`}>
        {words.accessTokenHint} {children}
      </span>
    </p>
  );
}
