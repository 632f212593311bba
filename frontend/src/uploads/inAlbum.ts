import type { Upload } from "../engine/upload";
import type { AlbumSource } from "../published/album";

/** Return what of a list may come into an album: its published pictures. */
export function inAlbum(uploads: readonly Upload[]): AlbumSource[] {
  return uploads.flatMap(({ file, sent, state }) => {
    if (state.phase !== "done") return [];
    const { viewURL, filename, width, height } = state.picture;
    // After a reload the file is gone; its link shows it.
    const picture = file.size === 0 ? viewURL : (sent?.converted ?? file);
    return { viewURL, filename, width, height, picture };
  });
}
