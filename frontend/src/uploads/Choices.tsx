import { useId } from "react";
import type { Expiry, Limits } from "../api/wire";
import { useMessages } from "../messages/useMessages";
import type { Shrink } from "../pictures/prepare";
import type { SettingsStore } from "../settings";
import styles from "./Choices.module.css";
import { useSettings } from "./useUploads";

const SIDES = [1280, 1920, 2560, 3840];
const DEFAULT_SHRINK: Shrink = { longestSide: 1920, contentType: "image/webp", quality: 0.8 };
const OUTPUTS = ["image/webp", "image/jpeg"] as const;

/** What becomes of the pictures that are chosen from now on; remembered on this device. */
export function Choices({ accepted, settings: store }: { accepted: Limits; settings: SettingsStore }) {
  const messages = useMessages();
  const words = messages.choices;
  const { keepMetadata, expiresIn, shrink, accessToken } = useSettings(store);
  const id = useId();
  const setShrink = (change: Partial<Shrink>) =>
    store.set({ shrink: { ...(shrink ?? DEFAULT_SHRINK), ...change } });

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
            onChange={(event) => store.set({ accessToken: event.target.value.trim() || undefined })}
          />
          <span className={styles.hint} id={`${id}-token-hint`}>
            {words.accessTokenHint}
          </span>
        </p>
      ) : null}
      <details className={styles.choices}>
        <summary className={styles.summary}>{words.title}</summary>
        <div className={styles.fields}>
          <p className={styles.check}>
            <input
              id={`${id}-metadata`}
              type="checkbox"
              aria-describedby={`${id}-metadata-hint`}
              checked={!keepMetadata}
              onChange={(event) => store.set({ keepMetadata: !event.target.checked })}
            />
            <label htmlFor={`${id}-metadata`}>{words.metadata}</label>
            <span className={styles.hint} id={`${id}-metadata-hint`}>
              {words.metadataHint}
            </span>
          </p>
          <p className={styles.field}>
            <label htmlFor={`${id}-expiry`}>{words.expiry}</label>
            <select
              id={`${id}-expiry`}
              value={expiresIn ?? ""}
              onChange={(event) =>
                store.set({ expiresIn: (event.target.value || undefined) as Expiry | undefined })
              }
            >
              <option value="">{words.expiresIn(undefined)}</option>
              {accepted.expiries.map((expiry) => (
                <option key={expiry} value={expiry}>
                  {words.expiresIn(Number.parseInt(expiry, 10))}
                </option>
              ))}
            </select>
          </p>
          <p className={styles.field}>
            <label htmlFor={`${id}-size`}>{words.size}</label>
            <select
              id={`${id}-size`}
              value={shrink?.longestSide ?? ""}
              onChange={(event) =>
                event.target.value
                  ? setShrink({ longestSide: Number(event.target.value) })
                  : store.set({ shrink: undefined })
              }
            >
              <option value="">{words.original}</option>
              {SIDES.map((pixels) => (
                <option key={pixels} value={pixels}>
                  {words.longestSide(pixels)}
                </option>
              ))}
            </select>
          </p>
          {shrink ? (
            <>
              <p className={styles.field}>
                <label htmlFor={`${id}-format`}>{words.format}</label>
                <select
                  id={`${id}-format`}
                  value={shrink.contentType}
                  onChange={(event) =>
                    setShrink({ contentType: event.target.value as Shrink["contentType"] })
                  }
                >
                  {OUTPUTS.map((type) => (
                    <option key={type} value={type}>
                      {messages.typeName(type)}
                    </option>
                  ))}
                </select>
              </p>
              <p className={styles.field}>
                <label htmlFor={`${id}-quality`}>{words.quality}</label>
                <input
                  id={`${id}-quality`}
                  type="range"
                  min={40}
                  max={95}
                  step={5}
                  value={Math.round(shrink.quality * 100)}
                  onChange={(event) => setShrink({ quality: Number(event.target.value) / 100 })}
                />
              </p>
            </>
          ) : null}
        </div>
      </details>
    </>
  );
}
