import { en, type Messages } from "./en";
import { loadParts } from "./part";

/** Each language by its own name. */
export const LANGUAGES = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  ar: "العربية",
  ja: "日本語",
  "zh-CN": "简体中文",
} as const;
export type Language = keyof typeof LANGUAGES;

/** The catalogues of the first view. Only English is part of the first load. */
const CATALOGUES: Record<Exclude<Language, "en">, () => Promise<Messages>> = {
  de: async () => (await import("./de")).de,
  es: async () => (await import("./es")).es,
  ar: async () => (await import("./ar")).ar,
  ja: async () => (await import("./ja")).ja,
  "zh-CN": async () => (await import("./zh")).zh,
};

const primary = (tag: string) => tag.toLowerCase().split("-")[0];

/** Return the chosen language, or the first of the browser's languages that has a catalogue. */
export function pickLanguage(chosen: string | undefined, preferred: readonly string[]): Language {
  const languages = Object.keys(LANGUAGES) as Language[];
  for (const tag of [chosen ?? "", ...preferred]) {
    const found = languages.find((language) => primary(language) === primary(tag));
    if (found) return found;
  }
  return "en";
}

/** Which side a language starts on. */
export function directionOf(language: Language): "ltr" | "rtl" {
  return language === "ar" ? "rtl" : "ltr";
}

/** Load a language: what the first view says, and the parts that are here. */
export async function loadMessages(language: Language): Promise<Messages> {
  const catalogue = language === "en" ? en : CATALOGUES[language]();
  const [messages] = await Promise.all([catalogue, loadParts(language)]);
  return messages;
}

/** Tell the browser the language of the page, and the side on which it starts. */
export function markLanguage(language: Language): void {
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}
