import { useState } from "react";
import { problemOf } from "../api/problem";
import { saveFile } from "../device/download";
import type { LimitsStore } from "../engine/limits";
import { appsWords } from "../messages/apps";
import { explain } from "../messages/explain";
import { useMessages, useWords } from "../messages/useMessages";
import { useAnnounce } from "../ui/Announcer";
import { Button } from "../ui/Button";
import { useStore } from "../ui/useStore";
import styles from "./AppsPage.module.css";
import { FieldRow } from "./FieldRow";
import type { Program } from "./programs";
import { canSend, fetchSettings, putIntoFile } from "./settings";

interface ProgramRowProps {
  base: string;
  program: Program;
  /** The address of this server. */
  site: string;
  limits: LimitsStore;
  accessToken: string | undefined;
}

/** A program, the button that downloads its settings, and how it is set up. */
export function ProgramRow({ base, program, site, limits, accessToken }: ProgramRowProps) {
  const messages = useMessages();
  const words = useWords(appsWords);
  const announce = useAnnounce();
  const { tokenRequired } = useStore(limits).limits;
  const [failure, setFailure] = useState<string>();
  const { id, name, file } = program;
  const { line, steps } = words.programs[id];
  const fields = program.fields?.(site, tokenRequired) ?? [];

  const download = async (wanted: string) => {
    setFailure(undefined);
    // Whoever is quicker than the server's first answer gets the token into the file as well.
    const token = (await limits.settled()).tokenRequired ? accessToken : undefined;
    if (token && !canSend(wanted, token)) {
      setFailure(words.badToken);
      return;
    }
    try {
      const text = putIntoFile(wanted, await fetchSettings(base, wanted), token);
      // Any other type could add an ending of its own to the name.
      saveFile(wanted, new Blob([text], { type: "application/octet-stream" }));
      announce(words.downloaded(wanted));
    } catch (error) {
      setFailure(words.failed(explain(problemOf(error), messages)));
    }
  };

  return (
    <li className={styles.row}>
      <div className={styles.head}>
        <h2 className={styles.name}>
          {name} <span className={styles.runsOn}>{program.runsOn}</span>
        </h2>
        <p className={styles.line}>{line}</p>
        {file ? (
          <Button
            className={styles.download}
            aria-label={words.downloadOf(name)}
            onClick={() => void download(file)}
          >
            {words.download}
          </Button>
        ) : null}
      </div>
      {failure ? (
        <p className={styles.failed} role="alert">
          {failure}
        </p>
      ) : null}
      <details className={styles.details}>
        <summary>
          {words.setUp} <span className="visually-hidden">{name}</span>
        </summary>
        {tokenRequired && program.sendsNoToken ? <p className={styles.note}>{words.sendsNoToken}</p> : null}
        <ol className={styles.steps}>
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        {fields.map((field) => (
          <FieldRow
            key={field.label}
            field={field}
            program={name}
            accessToken={tokenRequired ? accessToken : undefined}
          />
        ))}
      </details>
    </li>
  );
}
