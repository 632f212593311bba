import { createContext, useContext, useMemo } from "react";
import { en, type Messages } from "./en";
import type { Part } from "./part";

export const MessagesContext = createContext<Messages>(en);

export function useMessages(): Messages {
  return useContext(MessagesContext);
}

/** Return the words of a part that is loaded later, in the language of the page. */
export function useWords<T>(part: Part<T>): T {
  const messages = useMessages();
  return useMemo(() => part.in(messages), [part, messages]);
}
