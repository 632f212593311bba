import { createContext } from "react";
import type { SnippetSource } from "./snippets";

/** A picture that may come into an album. */
export interface AlbumSource extends SnippetSource {
  /** What is shown of it. */
  picture: Blob | string;
}

/** Begins an album of some pictures, in their order. */
export const AlbumContext = createContext<(pictures: readonly AlbumSource[]) => void>(() => {});
