import type { Messages } from "./en";
import { part } from "./part";

/** What is said of albums; loaded with them. */
const en = ({ number, pictures }: Messages) => ({
  title: "One link for all",
  edit: "Change the album",
  lead: "Drag the pictures into order, or move them with the arrow keys. Whoever has the link sees them all.",
  name: "Title",
  untitled: "Album",
  list: "Pictures of the album",
  caption: "Caption",
  captionOf: (name: string) => `Caption of ${name}`,
  moveOf: (name: string) => `Move ${name}`,
  moveHint: "Arrow keys move it; Home and End move it to the front and to the end.",
  moved: (name: string, place: number, count: number) =>
    `${name}: place ${number(place)} of ${number(count)}.`,
  moreOf: (name: string) => `More for ${name}`,
  cover: "Cover",
  makeCover: "Make it the cover",
  toFront: "Move to the front",
  earlier: "Move forward by one",
  later: "Move back by one",
  toEnd: "Move to the end",
  leaveOut: "Leave out of the album",
  leftOut: (name: string) => `${name} left out.`,
  create: "Create link",
  save: "Save changes",
  created: "The album is ready.",
  saved: "Saved.",
  link: "Link to the album",
  copyLink: "Copy link",
  open: "Open",
  tooMany: (n: number, most: number) =>
    `An album has at most ${pictures(most)}. Leave ${number(n)} of them out.`,
  none: "An album needs at least one picture.",
  gone: "Not on the server",
  leaveOutGone: (n: number): string => (n === 1 ? "Leave it out" : "Leave them out"),
  changed:
    "Somebody else has changed this album meanwhile. What you did here is not saved, and is still here.",
  loadTheirs: "Load the other version",
  saveMine: "Save mine in its place",
  unknown: "This browser did not make this album, so it can’t change it.",
  notKept:
    "The browser could not keep the album: it can be changed or deleted from here only while this page is open.",
  albums: "Albums",
  editOf: (name: string) => `Change ${name}`,
  change: "Change",
  copyLinkOf: (name: string) => `Copy link to ${name}`,
  delete: "Delete",
  deleteOf: (name: string) => `Delete ${name}`,
  deleteQuestion: "Delete this album for good? Its link stops working everywhere. Its pictures stay.",
  deleteConfirm: (name: string) => `Yes, delete ${name}`,
  deleteKeep: (name: string) => `Keep ${name}`,
  deleted: (name: string) => `${name} deleted.`,
  forget: "Take off this list",
  forgotten: (name: string) => `${name} taken off the list. It stays online.`,
});

export type AlbumWords = ReturnType<typeof en>;
export const albumWords = await part(en, {
  de: () => import("./de/albums"),
  es: () => import("./es/albums"),
  ar: () => import("./ar/albums"),
  ja: () => import("./ja/albums"),
  "zh-CN": () => import("./zh/albums"),
});
