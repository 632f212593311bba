import { carriesFiles, isTextField } from "../device/drops";
import type { Found } from "./folder";
import type { Held } from "./held";
import type { Remark } from "./remark";

/** What to call when files are dropped anywhere in the window, or pasted. */
export interface IntakeHandlers {
  /** `remark` says what is not among the files, and why. */
  onFiles: (files: File[], remark?: Remark) => void;
  /** Whether files are being dragged over the window right now. */
  onDrag: (over: boolean) => void;
}

/** Needed only when something is brought in. */
export const loadHeld = () => import("./held");

export function listenForFiles(target: Window, { onFiles, onDrag }: IntakeHandlers): () => void {
  const stop = new AbortController();
  const on = <K extends keyof WindowEventMap>(type: K, listener: (event: WindowEventMap[K]) => void) =>
    target.addEventListener(type, listener, { signal: stop.signal });

  /** Read everything at once: after the event there is nothing left to read. */
  const take = (how: "dropped" | "pasted", data: DataTransfer) => {
    const held = readAll(data);
    void loadHeld()
      .then(
        (part) => part[how](held),
        () => unsifted(held),
      )
      .then(({ files, remark }) => onFiles(files, remark));
  };

  let over = false;
  const setOver = (now: boolean) => {
    if (now !== over) onDrag(now);
    over = now;
  };
  /** A link, a picture or text of this page itself, which a person drags by mistake, or elsewhere. */
  let own = false;
  const end = () => {
    own = false;
    setOver(false);
  };
  const takes = (event: DragEvent) => !own && (carriesFiles(event) || !isTextField(event.target));

  on("dragstart", () => {
    own = true;
  });
  on("dragend", end);
  let entered: EventTarget | null = null;
  on("dragenter", (event) => {
    entered = event.target;
    if (!own && carriesFiles(event)) setOver(true);
  });
  on("dragover", (event) => {
    if (!takes(event)) return;
    // Also here: the drag may have entered the window before this listened.
    setOver(carriesFiles(event));
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = dropEffect(event.dataTransfer);
  });
  on("dragleave", (event) => {
    // Crossing the page, the next element is entered before the last one is left; so what is left last is the
    // window. (`relatedTarget` would tell, but not in Safari.)
    if (event.target === entered) setOver(false);
  });
  // A drag sends no pointer events, so a pointer event means that the drag has ended.
  on("pointermove", end);
  on("drop", (event) => {
    const taken = takes(event);
    end();
    if (!taken) return;
    event.preventDefault();
    if (event.dataTransfer) take("dropped", event.dataTransfer);
  });
  on("paste", (event) => {
    if (isTextField(event.target) || !event.clipboardData) return;
    take("pasted", event.clipboardData);
  });

  return () => stop.abort();
}

function readAll(data: DataTransfer): Held {
  const dropped = [...(data.items ?? [])].flatMap((item) => {
    const file = item.kind === "file" ? item.getAsFile() : null;
    return file ? [{ file, entry: item.webkitGetAsEntry?.() ?? null }] : [];
  });
  return {
    files: [...data.files],
    folders: dropped.some(({ entry }) => entry?.isDirectory) ? dropped : [],
    html: data.getData("text/html"),
    addresses: data.getData("text/uri-list"),
    isRich: data.types.includes("text/rtf"),
  };
}

/** Where the network has gone before the rest was loaded, the files are there all the same. */
function unsifted({ files, html, isRich }: Held): Found {
  // They may come with text: who copied that may have meant the text only.
  if (html || isRich) return { files: [], remark: { kind: "asked", files } };
  return { files, remark: undefined };
}

/** One that the source allows: otherwise nothing would be dropped. */
function dropEffect({ effectAllowed }: DataTransfer): DataTransfer["dropEffect"] {
  if (effectAllowed === "link" || effectAllowed === "linkMove") return "link";
  return effectAllowed === "move" ? "move" : "copy";
}
