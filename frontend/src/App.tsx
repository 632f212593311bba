import { Announcer } from "./Announcer";
import styles from "./App.module.css";
import type { Api } from "./api/client";
import { DeletePage } from "./deletion/DeletePage";
import { Mark } from "./icons";
import { useMessages } from "./messages/useMessages";
import type { SettingsStore } from "./settings";
import type { LimitsStore } from "./uploads/limits";
import type { UploadQueue } from "./uploads/queue";
import { UploadPage } from "./uploads/UploadPage";

export interface AppProps {
  api: Api;
  limits: LimitsStore;
  queue: UploadQueue;
  settings: SettingsStore;
  path: string;
}

export function App({ api, limits, queue, settings, path }: AppProps) {
  const messages = useMessages();
  // Two pages need no router; the server answers both paths with the same document.
  const deleting = path.replace(/\/+$/, "") === "/delete";
  return (
    <Announcer>
      <div className={styles.page}>
        <header className={styles.header}>
          <a className={styles.home} href="/">
            <Mark />
            {messages.siteName}
          </a>
        </header>
        <main className={styles.main}>
          {deleting ? (
            <DeletePage api={api} />
          ) : (
            <UploadPage limits={limits} queue={queue} settings={settings} />
          )}
        </main>
      </div>
    </Announcer>
  );
}
