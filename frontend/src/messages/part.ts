import type { Messages } from "./en";
import type { Language } from "./languages";

/** The words of one language, given those of the first view. */
export type Words<T> = (messages: Messages) => T;

/** The words of a part of the page that is loaded later. */
export interface Part<T> {
  /** Return them in the language of a catalogue; in English, if that language could not be loaded. */
  in(messages: Messages): T;
}

/** One file for each language, so that the language of the page alone is loaded. */
type Others<T> = Record<Exclude<Language, "en">, () => Promise<{ words: Words<T> }>>;

const parts = new Set<(language: Language) => Promise<void>>();
let shown: Language = "en";

/** Make a part of its English words, which come with it, and load those in the language of the page. */
export async function part<T>(en: Words<T>, others: Others<T>): Promise<Part<T>> {
  const loaded: Partial<Record<Language, Words<T>>> = { en };
  const load = async (language: Language) => {
    if (language !== "en") loaded[language] ??= (await others[language]()).words;
  };
  parts.add(load);
  await load(shown).catch(() => undefined);
  return { in: (messages) => (loaded[messages.tag] ?? en)(messages) };
}

/** Load a language for all parts that are here; the parts that come later are in this language. */
export async function loadParts(language: Language): Promise<void> {
  await Promise.all([...parts].map((load) => load(language)));
  shown = language;
}
