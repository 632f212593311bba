/** Why files of a folder were left out, and how many. */
export interface LeftOut {
  hidden: number;
  noExtension: number;
  notPicture: number;
}

/** What there is to say about what was brought in. */
export type Remark =
  | { kind: "leftOut"; leftOut: LeftOut }
  /** The clipboard holds no picture. */
  | { kind: "nothingPasted" }
  /** A link or a text. */
  | { kind: "nothingDropped" }
  /** A picture of another site, which this page may not fetch. */
  | { kind: "elsewhere" }
  /** Text was copied, with a picture of it: a person may have meant the text only. */
  | { kind: "asked"; files: File[] };
