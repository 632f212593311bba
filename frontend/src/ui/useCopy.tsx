import { useCallback, useEffect, useState } from "react";
import { copyText } from "../device/clipboard";
import { useMessages } from "../messages/useMessages";
import { useAnnounce } from "./Announcer";

const SHOWN_MS = 2_000;

/**
 * Return a function that copies text and announces it, and whether it did so a moment ago.
 *
 * `onByHand` is called with text that the browser would not copy, and with undefined once it did.
 */
export function useCopy(onByHand: (text: string | undefined) => void) {
  const messages = useMessages();
  const announce = useAnnounce();
  // A number, so that copying again restarts the confirmation's time.
  const [copies, setCopies] = useState(0);
  useEffect(() => {
    if (copies === 0) return;
    const timer = setTimeout(() => setCopies(0), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copies]);

  const confirm = useCallback(
    (what: string) => {
      setCopies((n) => n + 1);
      announce(messages.announce.copied(what));
    },
    [announce, messages],
  );
  const copy = async (text: string, what: string) => {
    if (await copyText(text)) {
      confirm(what);
      onByHand(undefined);
    } else {
      onByHand(text);
      announce(messages.copy.failed);
    }
  };
  return { copied: copies > 0, copy, confirm };
}
