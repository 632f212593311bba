import type { Album, AlbumEdit, Expiry, NewAlbum } from "../api/wire";
import type { AlbumSource } from "../published/album";

/** Pictures that an album may have. */
export const MAX_PICTURES = 500;
export const MAX_TITLE = 200;
export const MAX_CAPTION = 500;

/** A picture of an album that is being made or changed; its link says which it is. */
export interface DraftPicture extends AlbumSource {
  filename: string;
  caption: string;
}

export interface Draft {
  title: string;
  pictures: readonly DraftPicture[];
  /** The link of a picture. */
  cover: string | undefined;
  expiresIn: Expiry | undefined;
}

/** Begin an album; the first picture is its cover. */
export function draftOf(sources: readonly AlbumSource[], expiresIn: Expiry | undefined): Draft {
  const pictures = sources.map((source) => ({ ...source, filename: source.filename ?? "", caption: "" }));
  return { title: "", pictures, cover: pictures[0]?.viewURL, expiresIn };
}

/** Begin to change an album; `shown` has small copies of pictures, by their links. */
export function draftOfAlbum(album: Album, shown: ReadonlyMap<string, Blob | string> = new Map()): Draft {
  const pictures = album.pictures.map(({ viewURL, filename, caption, width, height }) => ({
    ...{ viewURL, filename, caption, width, height },
    picture: shown.get(viewURL) ?? viewURL,
  }));
  return { title: album.title, pictures, cover: coverOf(album), expiresIn: undefined };
}

/** Return the link of an album's cover. */
export function coverOf({ cover, pictures }: Album): string {
  return (pictures.find(({ key }) => key === cover) ?? pictures[0])?.viewURL ?? "";
}

export function move(draft: Draft, from: number, to: number): Draft {
  const pictures = [...draft.pictures];
  const [moved] = pictures.splice(from, 1);
  if (moved) pictures.splice(to, 0, moved);
  return { ...draft, pictures };
}

/** Leave pictures out; the first of those that stay becomes the cover if that was one of them. */
export function leaveOut(draft: Draft, links: ReadonlySet<string>): Draft {
  const pictures = draft.pictures.filter(({ viewURL }) => !links.has(viewURL));
  const cover = draft.cover && !links.has(draft.cover) ? draft.cover : pictures[0]?.viewURL;
  return { ...draft, pictures, cover };
}

export function setCaption(draft: Draft, link: string, caption: string): Draft {
  const pictures = draft.pictures.map((each) => (each.viewURL === link ? { ...each, caption } : each));
  return { ...draft, pictures };
}

/** Return what the server is told of a draft; the same text means the same album. */
export function contentOf({
  title,
  pictures,
  cover,
}: Draft): Pick<AlbumEdit, "title" | "cover" | "pictures"> {
  return {
    title: title.trim(),
    ...(cover ? { cover } : {}),
    pictures: pictures.map(({ viewURL, caption }) => ({ viewURL, caption: caption.trim() })),
  };
}

export function newAlbumOf(draft: Draft): NewAlbum {
  return { ...contentOf(draft), ...(draft.expiresIn ? { expiresIn: draft.expiresIn } : {}) };
}

/** Whether something was changed that would be lost. */
export function differs(draft: Draft, album: Album): boolean {
  return JSON.stringify(contentOf(draft)) !== JSON.stringify(contentOf(draftOfAlbum(album)));
}

/** Return the links of the pictures that a refusal names: `pictures.3`, or `pictures.3.viewURL`. */
export function picturesNamed(draft: Draft, fields: readonly string[]): ReadonlySet<string> {
  const named = fields.flatMap((field) => {
    const place = /^pictures\.(\d+)/.exec(field)?.[1];
    return draft.pictures[Number(place)]?.viewURL ?? [];
  });
  return new Set(named);
}
