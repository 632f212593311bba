import { useEffect, useRef } from "react";
import type { SettingsStore } from "../device/settings";
import type { LimitsStore } from "../engine/limits";
import { appsWords } from "../messages/apps";
import { useMessages, useWords } from "../messages/useMessages";
import { Title } from "../ui/Title";
import { TokenField } from "../ui/TokenField";
import { useStore } from "../ui/useStore";
import styles from "./AppsPage.module.css";
import { ProgramRow } from "./ProgramRow";
import { PROGRAMS } from "./programs";

interface AppsPageProps {
  /** Where the API lives; empty for the page's own origin. */
  base: string;
  limits: LimitsStore;
  settings: SettingsStore;
}

/** Lists the programs that upload here, each with its settings. */
export function AppsPage({ base, limits, settings }: AppsPageProps) {
  const { siteName } = useMessages();
  const words = useWords(appsWords);
  const { tokenRequired, relaysUploads } = useStore(limits).limits;
  const { accessToken } = useStore(settings);
  const heading = useRef<HTMLHeadingElement>(null);
  const site = new URL(base || "/", location.href).href.replace(/\/$/, "");

  useEffect(() => {
    document.title = `${words.title} · ${siteName}`;
  }, [words, siteName]);
  useEffect(() => void limits.load(), [limits]);

  return (
    <section className={styles.apps}>
      <Title className={styles.title} ref={heading}>
        {words.title}
      </Title>
      {relaysUploads ? (
        <>
          <p className={styles.lead}>{words.lead}</p>
          {tokenRequired ? (
            <TokenField settings={settings}>
              {words.token} {accessToken ? null : words.noToken}
            </TokenField>
          ) : null}
          <ul className={styles.list}>
            {PROGRAMS.map((program) => (
              <ProgramRow
                key={program.id}
                base={base}
                program={program}
                site={site}
                limits={limits}
                accessToken={accessToken}
              />
            ))}
          </ul>
        </>
      ) : (
        <p className={styles.lead}>{words.off}</p>
      )}
    </section>
  );
}
