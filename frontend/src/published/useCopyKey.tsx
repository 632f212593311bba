import { useContext, useEffect } from "react";
import type { SnippetFormat } from "../device/settings";
import { useMessages } from "../messages/useMessages";
import { useAnnounce } from "../ui/Announcer";
import { PageContext } from "./format";
import { type SnippetSource, snippet } from "./snippets";

/** Have Ctrl or ⌘ with C copy these pictures, if there are any, while a person has selected nothing else. */
export function useCopyKey(pictures: readonly SnippetSource[], format: SnippetFormat): void {
  const pageURL = useContext(PageContext);
  const text = pictures.map((picture) => snippet(format, picture, pageURL)).join("\n");
  const count = pictures.length;
  const { announce: words } = useMessages();
  const announce = useAnnounce();
  useEffect(() => {
    if (!text) return;
    const copy = (event: ClipboardEvent) => {
      if (!event.clipboardData || hasSelection()) return;
      event.clipboardData.setData("text/plain", text);
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
