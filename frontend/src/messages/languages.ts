import { en, type Messages } from "./en";

/** Each by its own name. */
export const LANGUAGES = { en: "English", "zh-CN": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;

/** The language that was chosen, else the first of the browser's that we have. */
export function pickLanguage(chosen: string | undefined, preferred: readonly string[]): Language {
  for (const tag of [chosen ?? "", ...preferred]) {
    if (/^zh\b/i.test(tag)) return "zh-CN";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

/** Other languages than English are loaded when they are needed. */
export async function loadMessages(language: Language): Promise<Messages> {
  return language === "en" ? en : (await import("./zh")).zh;
}
