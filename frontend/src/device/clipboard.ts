/**
 * Copy text; false where the browser would not.
 *
 * `navigator.clipboard` exists only in a secure context. On plain http an older command copies what is selected in
 * the document.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused by permission or policy: the older command may still work.
  }
  return copyBySelection(text);
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true; // so that no phone brings up its keyboard
  area.className = "visually-hidden";
  document.body.append(area);
  area.focus({ preventScroll: true }); // selecting alone focuses in some browsers only
  area.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }
}
