import { useEffect } from "react";
import { useMessages } from "../messages/useMessages";
import { useAnnounce } from "../ui/Announcer";

/** Have Ctrl or ⌘ with C copy `text()` while a person has selected nothing else; undefined leaves it to the browser. */
export function useCopyKey(text: (() => string) | undefined, count: number): void {
  const { announce: words } = useMessages();
  const announce = useAnnounce();
  useEffect(() => {
    if (!text) return;
    const copy = (event: ClipboardEvent) => {
      if (!event.clipboardData || hasSelection()) return;
      event.clipboardData.setData("text/plain", text());
      event.preventDefault();
      announce(words.copied(words.links(count)));
    };
    document.addEventListener("copy", copy);
    return () => document.removeEventListener("copy", copy);
  }, [text, count, announce, words]);
}

/** Whether text is selected. A text field has a selection of its own; an empty one copies nothing. */
function hasSelection(): boolean {
  const { activeElement } = document;
  if (activeElement instanceof HTMLTextAreaElement) return true;
  if (activeElement instanceof HTMLInputElement && activeElement.type !== "checkbox") {
    // A field of another kind (of files, say) has null.
    if (activeElement.selectionStart !== null || activeElement.type === "number") return true;
  }
  return getSelection()?.isCollapsed === false;
}
