import { useCallback, useEffect, useId, useState } from "react";
import type { Api } from "../api/client";
import { type Problem, problemOf } from "../api/problem";
import type { KeptAlbum, OpenDatabase } from "../device/database";
import { createKeptAlbums } from "../device/keptAlbums";
import { albumWords } from "../messages/albums";
import { explain } from "../messages/explain";
import { useMessages, useWords } from "../messages/useMessages";
import { ByHand } from "../published/ByHand";
import { LinkLine, PictureList, PictureRow } from "../published/PictureRow";
import { useAnnounce } from "../ui/Announcer";
import { buttonClass } from "../ui/Button";
import { CopyButton } from "../ui/CopyButton";
import { Dialog } from "../ui/Dialog";
import { MoreIcon } from "../ui/icons";
import { Menu } from "../ui/Menu";
import { Question } from "../ui/Question";
import { useCaughtFocus } from "../ui/useCaughtFocus";
import styles from "./AlbumPage.module.css";

interface AlbumListProps {
  api: Pick<Api, "deleteAlbum">;
  openDatabase: OpenDatabase;
}

/** The albums that were made from this browser; nothing if there are none. */
export function AlbumList({ api, openDatabase }: AlbumListProps) {
  const words = useWords(albumWords);
  const announce = useAnnounce();
  const [kept] = useState(() => createKeptAlbums(openDatabase));
  const [albums, setAlbums] = useState<readonly KeptAlbum[]>([]);
  const id = useId();
  const caught = useCaughtFocus<HTMLElement>(albums.length);
  const load = useCallback(async () => setAlbums(await kept.all().catch(() => [])), [kept]);
  useEffect(() => void load(), [load]);
  const drop = async ({ albumId }: KeptAlbum, said: string) => {
    await kept.forget(albumId);
    await load();
    announce(said);
  };
  if (albums.length === 0) return null;
  return (
    <section className={styles.albums} aria-labelledby={id} {...caught}>
      <h2 className={styles.albumsTitle} id={id}>
        {words.albums}
      </h2>
      <PictureList aria-labelledby={id}>
        {albums.map((album) => {
          const name = album.title || words.untitled;
          return (
            <AlbumRow
              key={album.albumId}
              album={album}
              name={name}
              onForget={() => void drop(album, words.forgotten(name))}
              onDelete={async () => {
                await api.deleteAlbum(album.editToken);
                await drop(album, words.deleted(name));
              }}
            />
          );
        })}
      </PictureList>
    </section>
  );
}

interface AlbumRowProps {
  album: KeptAlbum;
  name: string;
  onForget: () => void;
  onDelete: () => Promise<void>;
}

function AlbumRow({ album, name, onForget, onDelete }: AlbumRowProps) {
  const messages = useMessages();
  const words = useWords(albumWords);
  const [asks, setAsks] = useState(false);
  const [byHand, setByHand] = useState<string>();
  const [problem, setProblem] = useState<Problem>();
  const { albumURL, albumId, cover, count, createdAt, expiresAt } = album;
  return (
    <PictureRow
      id={albumId}
      name={name}
      picture={cover}
      facts={
        <>
          <span>{messages.pictures(count)}</span>
          <span>{messages.dateTime(createdAt)}</span>
          {expiresAt ? <span>{messages.upload.expires(expiresAt)}</span> : null}
        </>
      }
      line={<LinkLine href={albumURL} />}
      note={problem ? messages.upload.deleteFailed(explain(problem, messages)) : undefined}
    >
      <div className={styles.albumTools}>
        <CopyButton
          kind="small"
          text={albumURL}
          label={messages.copy.copy}
          name={words.copyLinkOf(name)}
          what={messages.announce.links(1)}
          onByHand={setByHand}
        />
        <a className={buttonClass("small")} href={`/#album-${albumId}`} aria-label={words.editOf(name)}>
          {words.change}
        </a>
        <Menu
          name={words.moreOf(name)}
          entries={() => [
            { label: words.open, href: albumURL },
            { label: words.forget, onSelect: onForget },
            { label: words.delete, onSelect: () => setAsks(true), danger: true },
          ]}
        >
          <MoreIcon />
        </Menu>
      </div>
      {asks ? (
        <Dialog label={words.deleteOf(name)} onClose={() => setAsks(false)}>
          <Question
            text={words.deleteQuestion}
            yes={[messages.upload.deleteConfirm, words.deleteConfirm(name)]}
            no={[messages.upload.deleteKeep, words.deleteKeep(name)]}
            onYes={() => {
              setAsks(false);
              onDelete().catch((error: unknown) => setProblem(problemOf(error)));
            }}
            onNo={() => setAsks(false)}
          />
        </Dialog>
      ) : null}
      {byHand === undefined ? null : <ByHand text={byHand} onClose={() => setByHand(undefined)} />}
    </PictureRow>
  );
}
