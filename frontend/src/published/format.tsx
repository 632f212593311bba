import { createContext, useContext } from "react";
import { createSettings, type SettingsStore, type SnippetFormat } from "../device/settings";
import { useStore } from "../ui/useStore";

/** Where this device remembers the format of what is copied. */
export const SettingsContext = createContext<SettingsStore>(createSettings(undefined));

/** Return the format in which links are copied, and a function to choose another one. */
export function useFormat(): [SnippetFormat, (format: SnippetFormat) => void] {
  const settings = useContext(SettingsContext);
  return [useStore(settings).format, (format) => settings.setState({ format })];
}
