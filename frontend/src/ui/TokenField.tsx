import type { ReactNode } from "react";
import type { SettingsStore } from "../device/settings";
import { useMessages } from "../messages/useMessages";
import styles from "./TokenField.module.css";
import { useStore } from "./useStore";

/** The id of the field where a picture is sent: a page has one of it. */
const ID = "access-token";

/** Put the cursor where the token goes. */
export function focusTokenField(): void {
  document.getElementById(ID)?.focus();
}

interface TokenFieldProps {
  settings: SettingsStore;
  /** Another one, where another view may have such a field, too. */
  id?: string;
  /** More about it. */
  children?: ReactNode;
}

/** Takes the access token of a private server, which this device remembers. */
export function TokenField({ settings, id = ID, children }: TokenFieldProps) {
  const { options: words } = useMessages();
  const { accessToken } = useStore(settings);
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
