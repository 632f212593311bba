import { useEffect, useId, useRef, useState } from "react";
import type { OpenDatabase } from "../device/database";
import { createKeptAlbums } from "../device/keptAlbums";
import type { ServerClock } from "../device/serverClock";
import type { SettingsStore } from "../device/settings";
import type { LimitsStore } from "../engine/limits";
import { albumWords } from "../messages/albums";
import { explain } from "../messages/explain";
import { optionsWords } from "../messages/options";
import { useMessages, useWords } from "../messages/useMessages";
import { Button, buttonClass } from "../ui/Button";
import { Title } from "../ui/Title";
import { TokenField } from "../ui/TokenField";
import { useLeaveWarning } from "../ui/useLeaveWarning";
import { useStore } from "../ui/useStore";
import { AlbumLink } from "./AlbumLink";
import styles from "./AlbumPage.module.css";
import { leaveOut, MAX_PICTURES, MAX_TITLE } from "./draft";
import { PictureCards } from "./PictureCards";
import { type AlbumApi, type Editing, type Subject, useAlbum } from "./useAlbum";

interface AlbumPageProps {
  api: AlbumApi;
  clock: ServerClock;
  limits: LimitsStore;
  openDatabase: OpenDatabase;
  settings: SettingsStore;
  subject: Subject;
}

/** Makes one link of several pictures, or changes what is behind it. */
export function AlbumPage({ api, clock, limits, openDatabase, settings, subject }: AlbumPageProps) {
  const { home } = useMessages();
  const words = useWords(albumWords);
  const [albums] = useState(() => createKeptAlbums(openDatabase));
  const { expiresIn } = useStore(settings);
  const { expiries } = useStore(limits).limits;
  const now = () => clock.now() ?? Date.now();
  const editing = useAlbum({ api, albums, subject, expiresIn, now });
  const { draft, change, saved, dirty, state, missing } = editing;
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => heading.current?.focus(), []);
  useLeaveWarning(editing.touched && dirty);

  const tooMany = (draft?.pictures.length ?? 0) - MAX_PICTURES;
  return (
    <section className={styles.page} aria-labelledby={`${id}-title`}>
      <Title className={styles.title} id={`${id}-title`} ref={heading}>
        {"albumId" in subject ? words.edit : words.title}
      </Title>
      {saved ? <AlbumLink album={saved} isNew={"sources" in subject} /> : null}
      {draft ? (
        <>
          <p className={styles.lead}>{words.lead}</p>
          <div className={styles.fields}>
            <p className={styles.field}>
              <label htmlFor={`${id}-name`}>{words.name}</label>
              <input
                id={`${id}-name`}
                maxLength={MAX_TITLE}
                dir="auto"
                placeholder={words.untitled}
                value={draft.title}
                onChange={({ target }) => change((before) => ({ ...before, title: target.value }))}
              />
            </p>
            {saved ? null : (
              <Expiry
                expiries={expiries}
                value={draft.expiresIn}
                onChoose={(chosen) => change((before) => ({ ...before, expiresIn: chosen }))}
              />
            )}
          </div>
          <PictureCards {...{ draft, change, missing }} />
        </>
      ) : null}
      {/* In sight, however far down the list a person is. */}
      <div className={styles.foot}>
        <Trouble editing={editing} settings={settings} />
        {draft ? (
          <>
            <p className={styles.state} role="status">
              {draft.pictures.length === 0 ? words.none : null}
              {tooMany > 0 ? words.tooMany(tooMany, MAX_PICTURES) : null}
              {state === "saved" ? (saved?.version === 1 ? words.created : words.saved) : null}
              {editing.kept ? null : ` ${words.notKept}`}
            </p>
            <a className={buttonClass("quiet")} href="/#">
              {home}
            </a>
            <Button
              kind="primary"
              // Only where a person must do something first: the focus would be lost with it.
              disabled={tooMany > 0 || draft.pictures.length === 0}
              onClick={() => void editing.save()}
            >
              {saved ? words.save : words.create}
            </Button>
          </>
        ) : null}
      </div>
    </section>
  );
}

interface ExpiryProps<T> {
  expiries: readonly T[];
  value: T | undefined;
  onChoose: (expiry: T | undefined) => void;
}

function Expiry<T extends string>({ expiries, value, onChoose }: ExpiryProps<T>) {
  const words = useWords(optionsWords);
  const id = useId();
  return (
    <p className={styles.field}>
      <label htmlFor={id}>{words.expiry}</label>
      <select
        id={id}
        value={value ?? ""}
        onChange={({ target }) => onChoose(expiries.find((each) => each === target.value))}
      >
        <option value="">{words.never}</option>
        {expiries.map((each) => (
          <option key={each} value={each}>
            {words.afterDays(Number.parseInt(each, 10))}
          </option>
        ))}
      </select>
    </p>
  );
}

/** Why it was not saved, and what can be done. */
function Trouble({ editing, settings }: { editing: Editing; settings: SettingsStore }) {
  const messages = useMessages();
  const words = useWords(albumWords);
  const { problem, changed, missing, change, draft } = editing;
  const code = problem?.code === "server" ? problem.serverCode : problem?.code;
  const sentence = problem && explain(problem, messages);
  return (
    <div className={styles.alert} role="alert">
      {problem ? (
        <div className={styles.trouble}>
          <p>{changed ? words.changed : code === "album_unknown" ? words.unknown : sentence}</p>
          {changed ? (
            <>
              <Button onClick={() => void editing.reload()}>{words.loadTheirs}</Button>
              <Button onClick={() => void editing.replace()}>{words.saveMine}</Button>
            </>
          ) : null}
          {missing.size > 0 ? (
            <Button onClick={() => change((before) => leaveOut(before, missing))}>
              {words.leaveOutGone(missing.size)}
            </Button>
          ) : null}
          {code === "access_token_required" ? <TokenField id="album-token" settings={settings} /> : null}
          {draft || code === "album_unknown" ? null : (
            <Button onClick={() => void editing.reload()}>{messages.server.retry}</Button>
          )}
        </div>
      ) : null}
    </div>
  );
}
