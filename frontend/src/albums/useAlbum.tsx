import { useCallback, useEffect, useState } from "react";
import { type Api, ApiError } from "../api/client";
import { type Problem, problemOf } from "../api/problem";
import type { Album, Expiry } from "../api/wire";
import type { KeptAlbums } from "../device/keptAlbums";
import type { AlbumSource } from "../published/album";
import {
  contentOf,
  coverOf,
  type Draft,
  differs,
  draftOf,
  draftOfAlbum,
  newAlbumOf,
  picturesNamed,
} from "./draft";

export type AlbumApi = Pick<Api, "createAlbum" | "readAlbum" | "editAlbum">;

/** An album that is made of pictures, or one of this device that is changed. */
export type Subject = { sources: readonly AlbumSource[] } | { albumId: string };

/** What the server has, and the token that changes it. */
interface Saved {
  album: Album;
  editToken: string;
}

export interface Editing {
  /** Undefined until it is loaded. */
  draft: Draft | undefined;
  change: (change: (draft: Draft) => Draft) => void;
  /** Undefined before there is a link. */
  saved: Album | undefined;
  /** Whether there is something to save. */
  dirty: boolean;
  /** Whether a person has changed something since it was loaded or saved. */
  touched: boolean;
  state: "idle" | "busy" | "saved";
  /** Why it could not be loaded or saved. */
  problem: Problem | undefined;
  /** The server has another version than this one was made from. */
  changed: boolean;
  /** The links of the pictures that are not on the server any more. */
  missing: ReadonlySet<string>;
  /** Whether this device has the token for the next visit. */
  kept: boolean;
  save: () => Promise<void>;
  /** Load what the server has; what was typed here is lost. */
  reload: () => Promise<void>;
  /** Put this version in place of the one that somebody else saved. */
  replace: () => Promise<void>;
}

interface Options {
  api: AlbumApi;
  albums: KeptAlbums;
  subject: Subject;
  expiresIn: Expiry | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
}

const NONE: ReadonlySet<string> = new Set();

/** Keep an album while a person changes it. No other version is ever written over unasked. */
export function useAlbum({ api, albums, subject, expiresIn, now }: Options): Editing {
  const albumId = "albumId" in subject ? subject.albumId : undefined;
  const [draft, setDraft] = useState(() =>
    "sources" in subject ? draftOf(subject.sources, expiresIn) : undefined,
  );
  const [saved, setSaved] = useState<Saved>();
  const [state, setState] = useState<Editing["state"]>("idle");
  const [problem, setProblem] = useState<Problem>();
  const [missing, setMissing] = useState(NONE);
  const [kept, setKept] = useState(true);
  const [touched, setTouched] = useState(false);

  /** Do something with the server, one at a time. */
  const attempt = useCallback(async (work: () => Promise<Editing["state"]>, about?: Draft) => {
    setState("busy");
    setProblem(undefined);
    setMissing(NONE);
    try {
      setState(await work());
      setTouched(false);
    } catch (error) {
      setState("idle");
      setProblem(problemOf(error));
      if (about && error instanceof ApiError) setMissing(picturesNamed(about, error.fields));
    }
  }, []);

  const load = useCallback(
    (id: string) =>
      attempt(async () => {
        const editToken = (await albums.get(id))?.editToken;
        if (!editToken) throw new ApiError(404, "album_unknown");
        const album = await api.readAlbum(id);
        setSaved({ album, editToken });
        setDraft(draftOfAlbum(album));
        return "idle";
      }),
    [api, albums, attempt],
  );
  useEffect(() => {
    if (albumId) void load(albumId);
  }, [albumId, load]);

  const keep = async (album: Album, editToken: string) => {
    const { title, albumURL, pictures, expiresAt } = album;
    const createdAt = (await albums.get(album.albumId))?.createdAt ?? now();
    const count = pictures.length;
    setSaved({ album, editToken });
    setKept(
      await albums.put({
        ...{ albumId: album.albumId, albumURL, editToken, title, count, createdAt, expiresAt },
        cover: coverOf(album),
      }),
    );
  };
  const write = (about: Draft, version?: number) =>
    attempt(async () => {
      if (saved) {
        const { editToken, album } = saved;
        const edit = { ...contentOf(about), editToken, version: version ?? album.version };
        await keep(await api.editAlbum(album.albumId, edit), editToken);
      } else {
        const { editToken, ...album } = await api.createAlbum(newAlbumOf(about));
        await keep(album, editToken);
      }
      return "saved";
    }, about);

  const id = saved?.album.albumId;
  return {
    draft,
    saved: saved?.album,
    state,
    problem,
    missing,
    kept,
    dirty: draft !== undefined && (saved ? differs(draft, saved.album) : true),
    changed: problem?.code === "server" && problem.serverCode === "album_changed",
    touched,
    change: useCallback((change) => {
      setTouched(true);
      setDraft((before) => before && change(before));
      setState((now) => (now === "saved" ? "idle" : now));
    }, []),
    save: async () => {
      if (!draft || state === "busy") return;
      if (saved && !differs(draft, saved.album)) setState("saved");
      else await write(draft);
    },
    reload: async () => {
      if (id ?? albumId) await load(id ?? albumId ?? "");
    },
    replace: async () => {
      if (!draft || !id) return;
      let version: number | undefined;
      await attempt(async () => {
        version = (await api.readAlbum(id)).version;
        return "idle";
      });
      if (version !== undefined) await write(draft, version);
    },
  };
}
