import { type Found, fromDrop } from "./folder";

/** What to call when files are dropped anywhere in the window, or pasted. */
export interface IntakeHandlers {
  /** `leftOut` counts the files in a folder that are not pictures. */
  onFiles: (files: File[], leftOut: number) => void;
  /** Whether files are being dragged over the window right now. */
  onDrag: (over: boolean) => void;
}

export function listenForFiles(target: Window, { onFiles, onDrag }: IntakeHandlers): () => void {
  const stop = new AbortController();
  const on = <K extends keyof WindowEventMap>(type: K, listener: (event: WindowEventMap[K]) => void) =>
    target.addEventListener(type, listener, { signal: stop.signal });

  let over = false;
  const setOver = (now: boolean) => {
    if (now !== over) onDrag(now);
    over = now;
  };

  let entered: EventTarget | null = null;
  on("dragenter", (event) => {
    entered = event.target;
    if (carriesFiles(event)) setOver(true);
  });
  on("dragover", (event) => {
    if (!carriesFiles(event)) return;
    // Also here: the drag may have entered the window before this listened.
    setOver(true);
    // Without this the browser would leave the page to show the file.
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
  });
  on("dragleave", (event) => {
    // Crossing the page, the next element is entered before the last one is left; so what is left last is the
    // window. (`relatedTarget` would tell, but not in Safari.)
    if (event.target === entered) setOver(false);
  });
  // A drag sends no pointer events, so a pointer event means that the drag has ended.
  on("pointermove", () => setOver(false));
  on("drop", (event) => {
    setOver(false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) void give(fromDrop(event.dataTransfer));
  });
  on("paste", (event) => {
    if (isTextField(event.target)) return;
    void give({ files: [...(event.clipboardData?.files ?? [])], leftOut: 0 });
  });

  async function give(taken: Found | Promise<Found>): Promise<void> {
    const { files, leftOut } = await taken;
    if (files.length + leftOut > 0) onFiles(files, leftOut);
  }

  return () => stop.abort();
}

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** Whether what is pasted there is meant as text. Our own read-only link fields take none. */
function isTextField(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) {
    const takesNoText = ["button", "checkbox", "file", "radio", "range", "reset", "submit"];
    return !target.readOnly && !takesNoText.includes(target.type);
  }
  if (target instanceof HTMLTextAreaElement) return !target.readOnly;
  return target instanceof HTMLElement && target.isContentEditable;
}
