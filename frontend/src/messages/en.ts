import type { Problem } from "../api/problem";
import type { BadEntry, Rule } from "../history/file";
import type { Trace } from "../pictures/traces";
import { formatBytes, typeName } from "./format";

// Every word that the page says. A second language is a second file with an object of type `Messages`.

const LOCALE = "en";
const number = new Intl.NumberFormat(LOCALE);
const percent = new Intl.NumberFormat(LOCALE, { style: "percent" });
const allOf = new Intl.ListFormat(LOCALE, { type: "unit" });
const anyOf = new Intl.ListFormat(LOCALE, { type: "disjunction" });

const pictures = (n: number) => (n === 1 ? "1 picture" : `${number.format(n)} pictures`);
const bytes = (n: number) => formatBytes(n, number);
const types = (contentTypes: string[]) => anyOf.format(contentTypes.map(typeName));

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

/** The server's sentence where it gave one, for it knows best; else one of ours. */
function serverProblem({ status, serverCode, detail }: Extract<Problem, { code: "server" }>): string {
  switch (serverCode) {
    case "access_token_required":
      return "This server accepts pictures only from people with an access token.";
    case "rate_limited":
      return "Too many pictures in a short time. Wait a little, then try again.";
    case "store_unavailable":
      return "The server’s storage is not available at the moment.";
    case "upload_missing":
      return "The picture did not arrive. Try again.";
    case "deleted":
      return "This picture has been deleted.";
    case "location_found":
      return "This picture says where it was taken, and this server does not accept such pictures. Remove its location, then try again.";
    case "bad_answer":
      return `The server could not be understood (status ${status}). It may be restarting.`;
    default:
      return detail ?? `The server answered with an error (status ${status}).`;
  }
}

function mustBe(rule: Rule): string {
  switch (rule.form) {
    case "text":
      return `text of at most ${number.format(rule.most)} characters`;
    case "address":
      return `a web address of at most ${number.format(rule.most)} characters`;
    case "number":
      return `a whole number up to ${number.format(rule.most)}`;
    case "date":
      return "a date";
  }
}

function problem(p: Problem): string {
  switch (p.code) {
    case "empty":
      return "This file is empty.";
    case "too_large":
      // Rounded up, or a file one byte too large would be "25 MB, more than 25 MB".
      return `This picture is ${formatBytes(p.size, number, Math.ceil)}; the limit is ${bytes(p.limit)}.`;
    case "type_not_accepted":
      return `This is not a ${types(p.accepted)} picture.`;
    case "svg":
      return "SVG files can contain scripts, so they are not accepted. Export the picture as PNG and upload that.";
    case "heic":
      return "Most browsers can’t show HEIC photos. Save it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible) and upload that.";
    case "unreadable":
      return "This file can’t be read. It may be a folder, or have been moved or changed. Choose it again.";
    case "metadata":
      return "The hidden details in this file can’t be read, so they can’t be removed. It may be damaged. Save it again with another program, or choose to keep the details.";
    case "not_shown":
      return "No browser can show this picture: it has more than 8 bits a color, is too wide or too high, or is of another unusual kind. Save it with another program as an ordinary JPEG or PNG.";
    case "interrupted":
      return "The page was closed before this picture had been sent. Choose it again.";
    case "api_unreachable":
      return "The server can’t be reached. Check your connection, then try again.";
    case "store_unreachable":
      return "The picture could not be sent to the server’s storage. Check your connection, then try again.";
    case "store_refused":
      return `The server’s storage did not accept the picture (status ${p.status}). Try again.`;
    case "server":
      return serverProblem(p);
    case "unexpected":
      return "Something went wrong on this page. Try again.";
  }
}

export const en = {
  siteName: "Image Host",
  pageTitle: (done: number | undefined) =>
    done === undefined ? "Image Host" : `${percent.format(done)} · Image Host`,
  language: "Language",
  bytes,
  typeName,
  problem,

  intro: {
    title: "Pictures in, links out.",
    lead: "Choose pictures, drop them anywhere on this page, or paste them.",
  },
  choose: {
    button: "Choose pictures",
    limits: (contentTypes: string[], maxBytes: number) =>
      `${types(contentTypes)}, up to ${bytes(maxBytes)} each.`,
    privacy: "A link can’t be guessed, but anyone who has it can see the picture.",
    dropHere: "Drop to upload",
    folder: "Choose a folder",
    camera: "Take a photo",
    leftOut: (n: number) =>
      n === 1
        ? "1 file in the folder is not a picture, and was left out."
        : `${number.format(n)} files in the folder are not pictures, and were left out.`,
  },
  choices: {
    title: "Options",
    metadata: "Remove location, camera and other hidden details",
    metadataHint: "The picture itself stays exactly as it is.",
    expiry: "Delete automatically",
    expiresIn: (days: number | undefined) =>
      days === undefined ? "Never" : days === 1 ? "After 1 day" : `After ${days} days`,
    size: "Make smaller",
    original: "No, keep the original",
    longestSide: (pixels: number) => `To ${number.format(pixels)} pixels at most`,
    format: "As",
    quality: "Quality",
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
  list: {
    label: "Your pictures",
    summary: (done: number, total: number) =>
      done === total
        ? `${pictures(total)} uploaded`
        : `${number.format(done)} of ${pictures(total)} uploaded`,
    copyAll: "Copy all",
    format: "Format of what is copied",
    pause: "Pause",
    resume: "Resume",
    paused: "Paused",
    pace: (bytesPerSecond: number) => `${bytes(bytesPerSecond)}/s`,
    timeLeft: (seconds: number) =>
      seconds < 60
        ? `${number.format(Math.max(1, Math.round(seconds)))} s left`
        : `${number.format(Math.round(seconds / 60))} min left`,
    progress: "Progress of all uploads",
  },
  upload: {
    unnamed: "Unnamed picture",
    removed: (traces: Trace[]) => `Removed: ${allOf.format(traces.map((trace) => traceNames[trace]))}`,
    resized: (before: number, after: number) => `${bytes(before)} → ${bytes(after)}`,
    dimensions: (width: number, height: number) => `${width} × ${height}`,
    percent: (fraction: number) => percent.format(fraction),
    progressOf: (name: string) => `Progress of ${name}`,
    queued: "Waiting for its turn",
    preparing: "Preparing",
    signing: "Preparing",
    lastBytes: "Almost there",
    finishing: "Publishing",
    waiting: { offline: "Waiting for the connection", retry: "Trying again soon" },
    done: "Uploaded",
    deleted: "Deleted. The link no longer works; a copy may linger in caches for a short while.",
    cancelled: "Cancelled",
    expires: (date: string) => `Until ${new Date(date).toLocaleDateString(LOCALE, { dateStyle: "medium" })}`,
    refused: "Not uploaded",
    failed: "Failed",
    cancel: "Cancel",
    cancelOf: (name: string) => `Cancel ${name}`,
    retry: "Try again",
    retryOf: (name: string) => `Try again: ${name}`,
    removeOf: (name: string) => `Remove ${name} from this list`,
    linkOf: (name: string) => `Link to ${name}`,
    open: "Open",
    openOf: (name: string) => `Open ${name} in a new tab`,
    share: "Share",
    shareOf: (name: string) => `Share ${name}`,
    qr: "QR code",
    qrTooLong: "This link is too long for a QR code. Copy it instead.",
    qrOf: (name: string) => `QR code of the link to ${name}`,
    delete: "Delete",
    deleteOf: (name: string) => `Delete ${name}`,
    deleteQuestion: "Delete this picture for good? Its link stops working everywhere.",
    deleteConfirm: "Yes, delete",
    deleteConfirmOf: (name: string) => `Yes, delete ${name}`,
    deleteKeep: "Keep",
    deleteKeepOf: (name: string) => `Keep ${name}`,
    deleting: "Deleting",
    deleteFailed: (reason: string) => `It could not be deleted. ${reason}`,
  },
  copy: {
    link: "Copy link",
    markdown: "Markdown",
    html: "HTML",
    bbcode: "BBCode",
    formats: { link: "Links", markdown: "Markdown", html: "HTML", bbcode: "BBCode" },
    linkOf: (name: string) => `Copy link to ${name}`,
    snippetOf: (format: string, name: string) => `Copy ${format} for ${name}`,
    copied: "Copied",
    failed: "The browser refused to copy. The text is selected: copy it by hand.",
  },
  announce: {
    added: (n: number) => `${pictures(n)} added.`,
    progress: (fraction: number) => `${percent.format(fraction)} uploaded.`,
    done: (name: string) => `${name} is uploaded. Its link is ready.`,
    refused: (name: string, reason: string) => `${name} was not uploaded. ${reason}`,
    failed: (name: string, reason: string) => `${name} failed. ${reason}`,
    finished: (done: number, notDone: number) =>
      notDone === 0
        ? `All done: ${pictures(done)} uploaded.`
        : `All done: ${pictures(done)} uploaded, ${number.format(notDone)} not.`,
    copied: (what: string) => `${what} copied.`,
    links: (n: number) => (n === 1 ? "1 link" : `${number.format(n)} links`),
    removed: (name: string) => `${name} removed from the list.`,
    deleted: (name: string) => `${name} deleted.`,
  },
  history: {
    link: "History",
    title: "Uploaded from this browser",
    lead: "This list is kept in this browser alone. Clearing the browser’s data erases it, and with it the means to delete these pictures; importing an export brings it back.",
    search: "Search by name",
    count: (found: number, all: number) =>
      found === all ? pictures(all) : `${number.format(found)} of ${pictures(all)}`,
    uploaded: (time: number) =>
      new Date(time).toLocaleString(LOCALE, { dateStyle: "medium", timeStyle: "short" }),
    expired: "Expired",
    more: "Show more",
    empty: "Nothing yet. What you upload appears here.",
    unavailable: "This browser keeps no data for this page (a private window?), so there is no history.",
    export: "Export",
    import: "Import",
    imported: (added: number, known: number) =>
      known === 0
        ? `${pictures(added)} added.`
        : `${pictures(added)} added, ${number.format(known)} were here already.`,
    noHistory: (name: string) => `${name} is not an exported history. Nothing was imported.`,
    tooLarge: (name: string, most: number, entries: number) =>
      `${name} is too large: at most ${bytes(most)} and ${pictures(entries)} are imported at once. Nothing was imported.`,
    leftOut: (n: number, { entry, field, rule }: BadEntry) =>
      `${n === 1 ? "1 entry was" : `${number.format(n)} entries were`} left out. Entry ${number.format(entry)}: “${field}” must be ${mustBe(rule)}.`,
    notKept: "The browser could not keep it; its disk may be full. Nothing was imported.",
    clear: "Clear the list",
    clearQuestion: (n: number) =>
      `Forget ${n === 1 ? "this picture" : `all ${pictures(n)}`} on this device? They stay online, but can no longer be deleted from here.`,
    clearConfirm: "Yes, forget them",
    clearKeep: "Keep the list",
  },
  deletion: {
    title: "Delete this picture?",
    explain: "It is removed from the server for good, and its link stops working for everyone.",
    caches: "Copies may linger in caches for a short while.",
    confirm: "Delete the picture",
    deleting: "Deleting",
    doneTitle: "The picture is deleted.",
    done: "Its link no longer works. A copy may linger in caches for a short while.",
    failedTitle: "The picture is not deleted.",
    picture: "The picture that would be deleted",
    notShown: "The picture can’t be shown. It may be gone already.",
    invalid:
      "This delete link is not valid, or no longer is. Copy the whole link again from where you saved it.",
    missingTitle: "This delete link is incomplete.",
    missing: "The part after the # is missing. Copy the whole link again from where you saved it.",
    home: "Upload pictures",
  },
};

export type Messages = typeof en;
