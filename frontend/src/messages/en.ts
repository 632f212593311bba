import type { Trace } from "../pictures/traces";
import { formatsOf, regional } from "./format";
import type { Language } from "./languages";

// Every word that the first view says; other views bring their own. Another language is another file with an object of type `Messages`.

const formats = formatsOf(regional("en"));
const { number, percent, bytes, types } = formats;
const allOf = new Intl.ListFormat("en", { type: "unit" });

const pictures = (n: number) => (n === 1 ? "1 picture" : `${number(n)} pictures`);

const traceNames: Record<Trace, string> = {
  location: "location",
  camera: "camera",
  date: "date",
  author: "author",
  text: "captions",
  video: "video",
  sound: "sound",
  hdr: "HDR version",
  preview: "embedded previews",
  other: "other details",
};

export const en = {
  tag: "en" as Language,
  siteName: "Image Host",
  language: "Language",
  home: "Upload pictures",
  apps: "Upload from other apps",
  ...formats,
  pictures,
  problem: {
    empty: "This file is empty.",
    too_large: (size: string, limit: string) => `This picture is ${size}; the limit is ${limit}.`,
    too_many_pixels: (pixels: string, limit: string) =>
      `The picture has ${pixels} pixels; at most ${limit} are accepted.`,
    type_not_accepted: (types: string) => `This is not a ${types} picture.`,
    svg: "SVG files can contain scripts, so they are not accepted. Export the picture as PNG and upload that.",
    heic: "This HEIC photo can’t be converted. It may be damaged. Save it as JPEG and upload that.",
    heic_too_large:
      "This HEIC photo has more than 50 million pixels: too many to convert here. Save it as JPEG and upload that.",
    heic_stopped:
      "Converting this HEIC photo took too long, or too much memory. Close other pages and try again, or save it as JPEG and upload that.",
    unreadable:
      "This file can’t be read. It may be a folder, or have been moved or changed. Choose it again.",
    metadata:
      "The hidden details in this file can’t be read, so they can’t be removed. It may be damaged. Save it again with another program, or choose to keep the details.",
    not_shown:
      "No browser can show this picture: it has more than 8 bits a color, is too wide or too high, or is of another unusual kind. Save it with another program as an ordinary JPEG or PNG.",
    interrupted: "The page was closed before this picture had been sent. Choose it again.",
    api_unreachable: "The server can’t be reached. Check your connection, then try again.",
    /** The picture did not arrive at `host`, the server’s storage. `page` is this page’s origin, if that is another. */
    put: {
      unreachable: (host: string, page?: string) =>
        `Your browser is not let through to ${host}, the storage of this server. A firewall or an extension of yours may block it. If not, whoever runs the server must make it reachable for browsers${page ? `, and allow uploads from ${page} there (CORS)` : ""}.`,
      cut: (host: string) =>
        `The connection to ${host}, the storage of this server, breaks off while the picture is sent. Your network may be weak. If smaller pictures arrive, whoever runs the server must raise the limit of a proxy there.`,
      forbidden: (host: string) =>
        `${host}, the storage of this server, refused the signature of this upload (status 403). Whoever runs the server must check its clock, its keys, and that no proxy changes the Host header.`,
      too_large: (host: string, size: string) =>
        `A proxy at ${host} takes nothing as large as ${size} (status 413). Choose a smaller picture, or ask whoever runs the server to raise the limit.`,
      refused: (host: string, status: number) =>
        `${host}, the storage of this server, refused the picture (status ${status}). Whoever runs the server finds the reason in its log.`,
      failing: (host: string, status: number) =>
        `${host}, the storage of this server, does not work at the moment (status ${status}). Try again later.`,
    },
    unexpected: "Something went wrong on this page. Try again.",
    /** Something else answered in place of the API. */
    bad_answer: (status: number) =>
      `The server could not be understood (status ${status}). It may be restarting.`,
    server_error: (status: number) => `The server answered with an error (status ${status}).`,
    server: {
      access_token_required: "This server accepts pictures only from people with an access token.",
      rate_limited: "Too many pictures in a short time. Wait a little, then try again.",
      store_unavailable: "The server’s storage is not available at the moment.",
      store_misconfigured:
        "The server’s storage is set up wrongly, or refuses the server. Whoever runs it must mend that.",
      store_full:
        "The server’s disk is full, so it takes no pictures for now. Links go on working. Try again later.",
      upload_missing: "The picture did not arrive. Try again.",
      pictures_missing:
        "Some of these pictures are no longer on the server. They may have been deleted, or have expired.",
      deleted: "This picture has been deleted.",
      blocked: "Whoever runs this server has blocked this picture.",
      refused: "This picture was not accepted.",
      refused_by_operator: "Whoever runs this server does not accept this picture.",
      verifier_unavailable: "The server can’t check pictures at the moment.",
      location_found:
        "This picture says where it was taken, and this server does not accept such pictures. Remove its location, then try again.",
    } as Record<string, string>,
  },

  intro: {
    title: "Pictures in, links out.",
    /** How a person at this device pastes: by Ctrl+V, by ⌘V, or not by keys; then there is nothing to drop, either. */
    lead: (hands: "ctrl" | "command" | "touch") =>
      hands === "touch"
        ? "Choose pictures, and share their links."
        : `Choose pictures, drop them anywhere on this page, or paste them (${hands === "ctrl" ? "Ctrl+V" : "⌘V"}).`,
  },
  choose: {
    button: "Choose pictures",
    limits: (contentTypes: string[], maxBytes: number) =>
      `${types(contentTypes)}, up to ${bytes(maxBytes)} each.`,
    privacy: "A link can’t be guessed, but anyone who has it can see the picture.",
    dropHere: "Drop to upload",
    folder: "Choose a folder",
    camera: "Take a photo",
  },
  options: {
    title: "Options",
    accessToken: "Access token",
    accessTokenHint: "This server accepts pictures only with a token from whoever runs it.",
  },
  server: {
    unreachable:
      "The server can’t be reached. You can choose pictures all the same: each is tried for half a minute.",
    retry: "Try again",
    notLoaded: "This part of the page could not be shown. Check your connection, then try again.",
    offline: "You are offline. Uploads resume by themselves when the connection is back.",
  },
  shared: {
    question: (n: number) =>
      n === 1 ? "1 picture was shared: upload it?" : `${pictures(n)} were shared: upload them?`,
    hint: "Another app, or another website, sent this here. Discard what you did not share yourself.",
    upload: (n: number) => `Upload ${pictures(n)}`,
    discard: "Discard",
    discarded: (n: number) => `${pictures(n)} discarded.`,
  },
  upload: {
    unnamed: "Unnamed picture",
    removed: (traces: Trace[]) => `Removed: ${allOf.format(traces.map((trace) => traceNames[trace]))}`,
    converted: "Converted from HEIC",
    resized: (before: number, after: number) => `${bytes(before)} → ${bytes(after)}`,
    dimensions: (width: number, height: number) => `${width} × ${height}`,
    progressOf: (name: string) => `Progress of ${name}`,
    queued: "Waiting for its turn",
    preparing: "Preparing",
    signing: "Preparing",
    lastBytes: "Almost there",
    finishing: "Publishing",
    waiting: {
      offline: "Waiting for the connection",
      limited: "Too many at once: waiting a moment",
      busy: "The server is busy: trying again soon",
      blocked: "Not let through: trying again soon",
      unanswered: "No answer: trying again soon",
    },
    done: "Uploaded",
    deleted: "Deleted. The link no longer works; a copy may linger in caches for a short while.",
    cancelled: "Cancelled",
    expires: (date: string) => `Until ${formats.date(date)}`,
    refused: "Not uploaded",
    failed: "Failed",
    cancel: "Cancel",
    cancelOf: (name: string) => `Cancel ${name}`,
    retry: "Try again",
    retryOf: (name: string) => `Try again: ${name}`,
    linkOf: (name: string) => `Link to ${name}`,
    open: "Open",
    openOf: (name: string) => `Open ${name} in a new tab`,
    share: "Share",
    shareOf: (name: string) => `Share ${name}`,
    qr: "QR code",
    qrTooLong: "This link is too long for a QR code. Copy it instead.",
    qrOf: (name: string) => `QR code of the link to ${name}`,
    report: "Report",
    reportOf: (name: string) => `Report ${name} to whoever runs this server`,
    delete: "Delete",
    deleteOf: (name: string) => `Delete ${name}`,
    deleteQuestion: "Delete this picture for good? Its link stops working everywhere.",
    deleteConfirm: "Yes, delete",
    deleteConfirmOf: (name: string) => `Yes, delete ${name}`,
    deleteKeep: "Keep",
    deleteKeepOf: (name: string) => `Keep ${name}`,
    deleting: "Deleting",
    deleteFailed: (reason: string) => `It could not be deleted. ${reason}`,
    more: "More",
    moreOf: (name: string) => `More for ${name}`,
    select: (name: string) => `Select ${name}`,
    copyDelete: "Copy delete link",
    deleteLink: "Delete link",
    hide: "Hide",
    hideOf: (name: string) => `Hide ${name}`,
  },
  copy: {
    link: "Copy link",
    page: "Link to page",
    markdown: "Markdown",
    html: "HTML",
    bbcode: "BBCode",
    formats: { link: "Links", page: "Links to pages", markdown: "Markdown", html: "HTML", bbcode: "BBCode" },
    linkOf: (name: string) => `Copy link to ${name}`,
    pageOf: (name: string) => `Copy link to the page of ${name}`,
    snippetOf: (format: string, name: string) => `Copy ${format} for ${name}`,
    copied: "Copied",
    failed: "The browser refused to copy. The text is selected: copy it by hand.",
    copy: "Copy",
    names: { link: "Link", page: "Link to page", markdown: "Markdown", html: "HTML", bbcode: "BBCode" },
    formatOf: (name: string, format: string) => `Format for ${name}: ${format}`,
    close: "Close",
  },
  announce: {
    added: (n: number) => `${pictures(n)} added.`,
    progress: (fraction: number) => `${percent(fraction)} uploaded.`,
    delayed: (name: string, reason: string) => `${name} is not uploaded yet. ${reason}`,
    done: (name: string) => `${name} is uploaded. Its link is ready.`,
    refused: (name: string, reason: string) => `${name} was not uploaded. ${reason}`,
    failed: (name: string, reason: string) => `${name} failed. ${reason}`,
    finished: (n: number) => `All done: ${pictures(n)} uploaded.`,
    finishedSome: (done: number, notDone: number) =>
      `All done: ${pictures(done)} uploaded, ${number(notDone)} not.`,
    copied: (what: string) => `${what} copied.`,
    links: (n: number) => (n === 1 ? "1 link" : `${number(n)} links`),
    hidden: (name: string) => `${name} hidden.`,
    deleted: (name: string) => `${name} deleted.`,
  },
  history: {
    link: "History",
    title: "Uploaded from this browser",
    album: "Album",
  },
};

export type Messages = typeof en;
