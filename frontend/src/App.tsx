import { useCallback, useEffect, useState } from "react";
import styles from "./App.module.css";
import type { Subject } from "./albums/useAlbum";
import type { Api } from "./api/client";
import type { OpenDatabase } from "./device/database";
import type { ServerClock } from "./device/serverClock";
import type { SettingsStore } from "./device/settings";
import type { LimitsStore } from "./engine/limits";
import type { UploadQueue } from "./engine/queue";
import { LaterNotices } from "./history/LaterNotices";
import type { UnkeptPictures } from "./history/record";
import { en, type Messages } from "./messages/en";
import { LANGUAGES, loadMessages, markLanguage, pickLanguage } from "./messages/languages";
import { MessagesContext } from "./messages/useMessages";
import { AlbumContext, type AlbumSource } from "./published/album";
import { PageContext, SettingsContext } from "./published/format";
import { ReportContext } from "./published/Report";
import { Announcer } from "./ui/Announcer";
import { Boundary } from "./ui/Boundary";
import { Button } from "./ui/Button";
import { LanguageIcon, Mark } from "./ui/icons";
import { Later } from "./ui/Later";
import { useHash } from "./ui/useHash";
import { useStore } from "./ui/useStore";
import { UploadPage } from "./uploads/UploadPage";

const loadAlbumList = async () => (await import("./albums/AlbumList")).AlbumList;
const loadAlbumPage = async () => (await import("./albums/AlbumPage")).AlbumPage;
const loadAppsPage = async () => (await import("./apps/AppsPage")).AppsPage;
const loadDeletePage = async () => (await import("./deletion/DeletePage")).DeletePage;
const loadHistoryPage = async () => (await import("./history/HistoryPage")).HistoryPage;

export interface AppProps {
  api: Api;
  clock: ServerClock;
  limits: LimitsStore;
  openDatabase: OpenDatabase;
  queue: UploadQueue;
  settings: SettingsStore;
  /** What this tab is called in the database. */
  tabName: Promise<string>;
  /** What could not be added to the history. */
  unkept: UnkeptPictures;
  path: string;
  /** Where the API lives; empty for the page's own origin. */
  base?: string;
  /** The first language, so that nothing flashes up in English. */
  messages?: Messages;
}

export function App({
  api,
  clock,
  limits,
  openDatabase,
  queue,
  settings,
  tabName,
  unkept,
  path,
  base = "",
  messages: first = en,
}: AppProps) {
  const { language: chosen } = useStore(settings);
  const { pageURL, reportURL } = useStore(limits).limits;
  const language = pickLanguage(chosen, navigator.languages);
  const [messages, setMessages] = useState(first);
  useEffect(() => {
    let current = true;
    const show = (loaded: Messages) => {
      if (!current) return;
      markLanguage(language);
      setMessages(loaded);
    };
    // If it can't be loaded, the language stays.
    loadMessages(language).then(show, () => undefined);
    return () => {
      current = false;
    };
  }, [language]);
  // Four views need no router; the server answers the three paths with the same document.
  const view = path.replace(/\/+$/, "");
  const deleting = view === "/delete";
  const settingUp = view === "/apps";
  const hash = useHash();
  const remembering = hash === "history" && !deleting && !settingUp;
  const album = useAlbumView(hash);
  const elsewhere = remembering ? messages.history.title : album.shown ? messages.history.album : undefined;
  return (
    <MessagesContext value={messages}>
      <Announcer>
        <div className={styles.page}>
          <header className={styles.header}>
            <a className={styles.home} href="/">
              <Mark />
              {messages.siteName}
            </a>
            <nav className={styles.nav}>
              <a className={styles.view} href={remembering ? "/#" : "/#history"}>
                {remembering ? messages.home : messages.history.link}
              </a>
              <span className={styles.language}>
                <LanguageIcon />
                <select
                  className={styles.languages}
                  aria-label={messages.language}
                  value={language}
                  onChange={(event) => settings.setState({ language: event.target.value })}
                >
                  {Object.entries(LANGUAGES).map(([tag, name]) => (
                    <option key={tag} value={tag} lang={tag}>
                      {name}
                    </option>
                  ))}
                </select>
              </span>
            </nav>
          </header>
          <main className={styles.main}>
            {/* Uploads continue although the view failed. */}
            <Boundary
              fallback={
                <p role="alert">
                  {messages.problem.unexpected}{" "}
                  <Button onClick={() => location.reload()}>{messages.server.retry}</Button>
                </p>
              }
            >
              <SettingsContext value={settings}>
                <ReportContext value={reportURL}>
                  <PageContext value={pageURL}>
                    <AlbumContext value={album.begin}>
                      {deleting ? (
                        <Later load={loadDeletePage} props={{ api, openDatabase }} />
                      ) : settingUp ? (
                        <Later load={loadAppsPage} props={{ base, limits, settings }} />
                      ) : (
                        <>
                          <LaterNotices {...{ openDatabase, queue, tabName, unkept }} />
                          {/* Always rendered: it takes pictures and announces them whichever view is shown. */}
                          <UploadPage
                            elsewhere={elsewhere}
                            limits={limits}
                            queue={queue}
                            settings={settings}
                          />
                        </>
                      )}
                      {remembering ? (
                        <Later
                          load={loadHistoryPage}
                          props={{
                            ...{ api, clock, openDatabase, queue, settings, unkept },
                            children: <Later load={loadAlbumList} props={{ api, openDatabase }} />,
                          }}
                        />
                      ) : null}
                      {/* It stays while another view is shown, with all that was typed. */}
                      {album.open ? (
                        <div key={album.open.number} hidden={!album.shown}>
                          <Later
                            load={loadAlbumPage}
                            props={{
                              api,
                              clock,
                              limits,
                              openDatabase,
                              settings,
                              subject: album.open.subject,
                            }}
                          />
                        </div>
                      ) : null}
                    </AlbumContext>
                  </PageContext>
                </ReportContext>
              </SettingsContext>
            </Boundary>
          </main>
          <footer className={styles.footer}>
            <a className={styles.view} href={settingUp ? "/" : "/apps"}>
              {settingUp ? messages.home : messages.apps}
            </a>
          </footer>
        </div>
      </Announcer>
    </MessagesContext>
  );
}

interface OpenAlbum {
  subject: Subject;
  /** Another one is another number. */
  number: number;
}

const next = (subject: Subject) => (before: OpenAlbum | undefined) => ({
  subject,
  number: (before?.number ?? 0) + 1,
});

/** Return the album that is open, whether it is shown, and what begins one: the address says `#album`, or names it. */
function useAlbumView(hash: string) {
  const [open, setOpen] = useState<OpenAlbum>();
  const begin = useCallback((sources: readonly AlbumSource[]) => {
    setOpen(next({ sources }));
    location.hash = "album";
  }, []);
  const subject = open?.subject;
  const albumId = /^album-(.+)$/.exec(hash)?.[1];
  const opened = subject && "albumId" in subject ? subject.albumId : undefined;
  if (albumId && albumId !== opened) setOpen(next({ albumId }));
  return { open, shown: albumId !== undefined || (hash === "album" && subject !== undefined), begin };
}
