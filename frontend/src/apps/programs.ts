import type { AppsWords } from "../messages/apps";
import { type Form, MARK } from "./settings";

/** What a person types into a program: its label there, and the value. */
export interface Field {
  label: string;
  value: string;
  form?: Form;
}

export interface Program {
  id: keyof AppsWords["programs"];
  name: string;
  /** The operating systems that it runs on. */
  runsOn: string;
  /** Its settings, below /clients/. */
  file?: string;
  /** Return what is typed by hand. */
  fields?: (site: string, needsToken: boolean) => Field[];
  /** It can't send an access token, so it is of no use on a private server by itself. */
  sendsNoToken?: boolean;
}

const BEARER = `Bearer ${MARK}`;
const DESKTOPS = "Windows, macOS, Linux";

/** The programs that people have, most used first; docs/clients.md has the same. */
export const PROGRAMS: readonly Program[] = [
  { id: "sharex", name: "ShareX", runsOn: "Windows", file: "sharex.sxcu" },
  {
    id: "picgo",
    name: "PicGo",
    runsOn: DESKTOPS,
    file: "picgo.json",
    // The plug-in's own labels.
    fields: (site, needsToken) => [
      { label: "API地址", value: `${site}/uploads` },
      { label: "POST参数名", value: "file" },
      { label: "JSON路径", value: "viewURL" },
      {
        label: "自定义请求头",
        value: `{"Connection": "close"${needsToken ? `, "Authorization": "${BEARER}"` : ""}}`,
        form: "json",
      },
    ],
  },
  { id: "piclist", name: "PicList", runsOn: DESKTOPS, file: "piclist.json" },
  {
    id: "obsidian",
    name: "Obsidian",
    runsOn: `${DESKTOPS}, Android, iOS`,
    sendsNoToken: true,
    fields: (site) => [{ label: "PicGo server upload route", value: `${site}/upload` }],
  },
  { id: "upic", name: "uPic", runsOn: "macOS", file: "upic.json" },
  { id: "ishare", name: "ishare", runsOn: "macOS", file: "ishare.iscu" },
  { id: "flameshot", name: "Flameshot", runsOn: "Linux", file: "flameshot.sh" },
  { id: "ksnip", name: "ksnip", runsOn: "Linux, macOS", file: "ksnip.sh" },
  { id: "spectacle", name: "Spectacle (KDE)", runsOn: "Linux", file: "spectacle.sh" },
  { id: "gnome", name: "GNOME", runsOn: "Linux", file: "gnome.sh" },
  { id: "imgFast", name: "VS Code, Img Fast", runsOn: DESKTOPS, file: "vscode-img-fast.json" },
  {
    id: "curl",
    name: "curl",
    runsOn: "Linux, macOS",
    file: "curl.sh",
    fields: (site, needsToken) => [
      {
        label: "curl",
        value: `curl ${needsToken ? `-H 'Authorization: ${BEARER}' ` : ""}-F file=@picture.png ${site}`,
        form: "shell",
      },
    ],
  },
  {
    id: "shortcut",
    name: "Shortcuts",
    runsOn: "iOS, iPadOS, macOS",
    fields: (site, needsToken) => [
      { label: "URL", value: `${site}/uploads` },
      ...(needsToken ? [{ label: "Authorization", value: BEARER }] : []),
    ],
  },
  {
    id: "chevereto",
    name: "Chevereto API v1",
    runsOn: DESKTOPS,
    fields: (site, needsToken) => [
      { label: "URL", value: `${site}/api/1/upload` },
      ...(needsToken ? [{ label: "key", value: MARK }] : []),
    ],
  },
  { id: "uppy", name: "Uppy 6", runsOn: "JavaScript", file: "uppy.js" },
];
