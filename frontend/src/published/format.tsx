import { createContext, useContext } from "react";
import { createSettings, type SettingsStore, type SnippetFormat } from "../device/settings";
import { useStore } from "../ui/useStore";
import { formatsOn } from "./snippets";

/** Where this device remembers the format of what is copied. */
export const SettingsContext = createContext<SettingsStore>(createSettings(undefined));
/** Where the pictures' pages are, with `{name}` in it; null if the server has none. */
export const PageContext = createContext<string | null>(null);

interface Format {
  /** What links are copied as. */
  format: SnippetFormat;
  formats: readonly SnippetFormat[];
  choose: (format: SnippetFormat) => void;
  /** What `snippet` needs for a link to a picture's page. */
  pageURL: string | null;
}

/** Return the format in which links are copied, and what else there is. */
export function useFormat(): Format {
  const settings = useContext(SettingsContext);
  const pageURL = useContext(PageContext);
  const { format } = useStore(settings);
  const formats = formatsOn(pageURL);
  return {
    format: formats.includes(format) ? format : "link",
    formats,
    choose: (format) => settings.setState({ format }),
    pageURL,
  };
}
