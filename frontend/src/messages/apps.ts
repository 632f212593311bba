import type { Messages } from "./en";
import { part } from "./part";

/** What the page of other programs says; loaded with it. */
const en = (_: Messages) => ({
  title: "Upload from other apps",
  lead: "Settings for programs that you may have already, filled in with the address of this server.",
  off: "This server takes no pictures from other programs. Upload on its page.",
  token:
    "Your browser writes it into the files that you download here. The download itself does not send it.",
  noToken: "Without it, the files have YOUR_ACCESS_TOKEN in its place: write yours there.",
  download: "Download",
  downloadOf: (name: string) => `Download settings for ${name}`,
  downloaded: (file: string) => `${file} downloaded.`,
  failed: (reason: string) => `The file could not be downloaded. ${reason}`,
  badToken:
    "ShareX can’t send a token that has %, {, }, \\ or | in it. Ask whoever runs this server for another.",
  sendsNoToken:
    "This program can’t send an access token. Run the command imghost on your computer: it holds the token, and the program uploads to it.",
  setUp: "Set up",
  copy: "Copy",
  copyOf: (label: string, name: string) => `Copy ${label} for ${name}`,
  fieldOf: (label: string, name: string) => `${label} for ${name}`,
  programs: {
    sharex: {
      line: "Screenshots and files, with the link on the clipboard and a delete link in its history.",
      steps: [
        "Open the downloaded file with ShareX, and say yes when it asks whether to use it.",
        "“Delete URL” in its history opens a page of this server, which asks before it deletes.",
        "Lumeshot (macOS) and XerahS read the same file.",
      ],
    },
    picgo: {
      line: "Pictures from the clipboard, for editors such as Typora too.",
      steps: [
        "Install the plug-in web-uploader.",
        "Enter these values in its settings, and choose it. Or, on the command line: picgo -c picgo.json upload a.png",
      ],
    },
    piclist: {
      line: "Like PicGo; it needs no plug-in for this.",
      steps: [
        "Add a picture bed of the kind that you define yourself (advancedplist), and enter the values of the downloaded file.",
      ],
    },
    obsidian: {
      line: "Pictures that you paste into a note, with the plug-in Image auto upload.",
      steps: [
        "Install the plug-in Image auto upload.",
        "Choose PicGo as its uploader, turn on “Remote server mode”, and enter this address:",
      ],
    },
    upic: {
      line: "Screenshots and files, from the menu bar.",
      steps: ["In its preferences, import the downloaded file under Hosts, and choose the new host."],
    },
    ishare: {
      line: "Screenshots, from the menu bar.",
      steps: ["Open the downloaded file with ishare, and choose it as the uploader."],
    },
    flameshot: {
      line: "A screenshot that you can draw on, with its link on the clipboard.",
      steps: [
        "Flameshot has no uploader for servers of your own, so this script starts it. It needs curl, and wl-clipboard or xclip.",
        "Make it executable, and give it a keyboard shortcut in the settings of your desktop.",
      ],
    },
    ksnip: {
      line: "A screenshot that you can draw on, uploaded by its script uploader.",
      steps: [
        "Make the downloaded script executable. It needs curl.",
        "In the settings of ksnip, choose the script uploader and this script.",
      ],
    },
    spectacle: {
      line: "A part of the screen, with its link on the clipboard.",
      steps: [
        "This script starts Spectacle. It needs curl, and wl-clipboard or xclip.",
        "Make it executable, and give it a keyboard shortcut in the settings of your desktop.",
      ],
    },
    gnome: {
      line: "A part of the screen, with its link on the clipboard.",
      steps: [
        "This script starts the program gnome-screenshot. It needs that, curl, and wl-clipboard or xclip.",
        "Make it executable, and give it a keyboard shortcut in the settings of your desktop.",
      ],
    },
    imgFast: {
      line: "Pictures that you paste into Markdown.",
      steps: [
        "Install the extension Img Fast.",
        "Copy what is in the downloaded file into your settings (JSON).",
      ],
    },
    curl: {
      line: "From a terminal or a script of your own: the link is what it prints.",
      steps: ["One picture, without the script:", "Several, with the script: sh curl.sh *.png"],
    },
    shortcut: {
      line: "From the share sheet of an iPhone, an iPad or a Mac.",
      steps: [
        "Make a shortcut that receives images from the share sheet.",
        "Add the action Get Contents of URL with this address, the method POST, and a form as its request body. The form has one field of the kind File: its key is file, its value is the shortcut’s input.",
        "Add the action Get Dictionary Value for the key viewURL, then Copy to Clipboard.",
      ],
    },
    chevereto: {
      line: "Any program that knows servers with Chevereto, version 1 of its API.",
      steps: ["Enter this address. Where the program wants a key, it is the access token."],
    },
    uppy: {
      line: "For a page of your own: visitors drop pictures, which go straight to the store.",
      steps: [
        "Whoever runs this server adds your page’s origin to CORS_ORIGINS.",
        "Import useImageHost from the downloaded file, and call it with your Uppy. An access token in it can be read by every visitor.",
      ],
    },
  },
});

export type AppsWords = ReturnType<typeof en>;
export const appsWords = await part(en, {
  de: () => import("./de/apps"),
  es: () => import("./es/apps"),
  ar: () => import("./ar/apps"),
  ja: () => import("./ja/apps"),
  "zh-CN": () => import("./zh/apps"),
});
