import { en, type Messages } from "./en";

/** Each language by its own name. */
export const LANGUAGES = { en: "English", "zh-CN": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;

/** Return the chosen language, or the first of the browser's languages that has a catalogue. */
export function pickLanguage(chosen: string | undefined, preferred: readonly string[]): Language {
  for (const tag of [chosen ?? "", ...preferred]) {
    if (/^zh\b/i.test(tag)) return "zh-CN";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

/** Load a catalogue; only English is part of the first load. */
export async function loadMessages(language: Language): Promise<Messages> {
  return language === "en" ? en : (await import("./zh")).zh;
}
