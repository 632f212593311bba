// The JSON that the API takes and gives. wire.test.ts compares it with docs/openapi.json.

export type Expiry = "1d" | "7d" | "30d";

export interface AcceptedType {
  contentType: string;
  extensions: string[];
}

export interface Limits {
  contentTypes: AcceptedType[];
  maxUploadBytes: number;
  maxPixels: number;
  relaysUploads: boolean;
  rejectsLocation: boolean;
  expiries: Expiry[];
  tokenRequired: boolean;
  /** Where to report a picture: its link goes, percent-encoded, in place of `{link}`. */
  reportURL: string | null;
  /** Where a picture's page is: its name goes in place of `{name}`. An older server has no pages. */
  pageURL: string | null;
}

export interface InitRequest {
  filename?: string;
  contentType: string;
  size: number;
  /** Base64 of the SHA-256 of the bytes; the store then refuses any others. */
  sha256?: string;
  expiresIn?: Expiry;
}

export interface SignedUpload {
  uploadId: string;
  uploadURL: string;
  method: string;
  /** Send them exactly as they are: they are signed. */
  headers: Record<string, string>;
  uploadToken: string;
  expiresAt: string;
  expiresInSeconds: number;
}

/** Why a PUT to the store brought no picture there, as a browser sees it. */
export type PutFailure = "unreachable" | "cut" | "forbidden" | "too_large" | "refused" | "failing";

/** Tells the API of a PUT that failed: nothing else does. */
export interface PutReport {
  /** Proves that the API signed this PUT. */
  uploadToken: string;
  kind: PutFailure;
  /** The status that the store answered; none came for `unreachable` and `cut`. */
  status?: number;
}

export interface Picture {
  uploadId: string;
  viewURL: string;
  deleteURL: string;
  deleteToken: string;
  filename: string;
  contentType: string;
  size: number;
  width: number;
  height: number;
  expiresAt: string | null;
}

/** A picture that comes into an album: by its key, or by its link. */
export interface AlbumEntry {
  key?: string;
  viewURL?: string;
  caption?: string;
}

export interface NewAlbum {
  title?: string;
  /** The key or the link of one of the pictures; the first if it is left out. */
  cover?: string;
  pictures: AlbumEntry[];
  expiresIn?: Expiry;
}

export interface AlbumEdit {
  title?: string;
  cover?: string;
  pictures: AlbumEntry[];
  /** Proves that this device made the album, or was given the token. */
  editToken: string;
  /** The version that this edit changes. */
  version: number;
}

export interface AlbumPicture {
  key: string;
  viewURL: string;
  caption: string;
  filename: string;
  size: number;
  width: number;
  height: number;
}

export interface Album {
  albumId: string;
  albumURL: string;
  title: string;
  /** The key of one of the pictures. */
  cover: string;
  pictures: AlbumPicture[];
  version: number;
  expiresAt: string | null;
}

/** The token edits and deletes the album. Nobody else has it. */
export type CreatedAlbum = Album & { editToken: string };
