/**
 * Stay on the page, whatever is dropped on it: a browser would leave it for a file, a picture or a link.
 *
 * Who takes what is dropped sets another `dropEffect` afterwards.
 */
export function keepPageOnDrop(target: Window): void {
  for (const type of ["dragenter", "dragover", "drop"] as const) {
    target.addEventListener(
      type,
      (event) => {
        if (isTextField(event.target) && !carriesFiles(event)) return;
        event.preventDefault();
        if (type !== "drop" && event.dataTransfer) event.dataTransfer.dropEffect = "none";
      },
      // First of all listeners, and whatever stops the event later.
      { capture: true },
    );
  }
}

export function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** Whether what is pasted or dropped there is meant as text. Our own read-only link fields take none. */
export function isTextField(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) {
    const takesNoText = ["button", "checkbox", "file", "radio", "range", "reset", "submit"];
    return !target.readOnly && !takesNoText.includes(target.type);
  }
  if (target instanceof HTMLTextAreaElement) return !target.readOnly;
  return target instanceof HTMLElement && target.isContentEditable;
}
