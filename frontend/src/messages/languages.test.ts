// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import type { Problem } from "../api/problem";
import type { Messages } from "./en";
import { explain } from "./explain";
import { intakeWords } from "./intake";
import { directionOf, LANGUAGES, type Language, loadMessages, pickLanguage } from "./languages";
import type { Part } from "./part";

const TAGS = Object.keys(LANGUAGES) as Language[];
const OTHERS = TAGS.filter((tag) => tag !== "en");

test.each([
  [undefined, ["zh-CN", "en"], "zh-CN"],
  [undefined, ["zh-Hant-TW"], "zh-CN"],
  [undefined, ["fr", "zh"], "zh-CN"],
  [undefined, ["en-GB", "zh-CN"], "en"],
  [undefined, ["de-AT", "en"], "de"],
  [undefined, ["es-419"], "es"],
  [undefined, ["ar-EG", "en"], "ar"],
  [undefined, ["ja-JP"], "ja"],
  [undefined, ["JA"], "ja"],
  [undefined, ["arn", "den", "fr"], "en"],
  [undefined, ["fr", "de"], "de"],
  [undefined, [], "en"],
  ["en", ["zh-CN"], "en"],
  ["zh-CN", ["en"], "zh-CN"],
  ["ar", ["en"], "ar"],
  ["tlh", ["zh"], "zh-CN"],
] as const)("chosen %s, preferred %s: %s", (chosen, preferred, language) => {
  expect(pickLanguage(chosen, preferred)).toBe(language);
});

test("Arabic alone starts on the right", () => {
  expect(TAGS.filter((tag) => directionOf(tag) === "rtl")).toEqual(["ar"]);
});

/** Names that are the same in every language: of this page, of formats, and of what goes over the wire. */
const NAMES =
  /Image Host|Markdown|HTML|BBCode|PNG|JPEG|WebP|SVG|HEIC|HDR|QR|iPhone|CORS|proxy|Host|YOUR_ACCESS_TOKEN|kB|KB|MB|zh-CN/g;
/** The same of programs, and of what a person finds in them. */
const PROGRAMS =
  /ShareX|Lumeshot|XerahS|macOS|PicGo|PicList|Typora|Obsidian|ishare|Flameshot|ksnip|Spectacle|curl(\.sh)?|imghost|Chevereto|Img Fast|Image auto upload|Remote server mode|Delete URL|web-uploader|advancedplist|gnome-screenshot|wl-clipboard|xclip|picgo -c picgo\.json upload a\.png|sh curl\.sh \*\.png|iPad|Mac|URL|POST|JSON|API|viewURL|CORS_ORIGINS|useImageHost|Uppy|file|key/g;
/** What a sentence in each script is made of. */
const SCRIPTS: Partial<Record<Language, RegExp>> = {
  ar: /\p{Script=Arabic}/u,
  ja: /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u,
  "zh-CN": /\p{Script=Han}/u,
};

const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
const HAN = /\p{Script=Han}/u;
const ARABIC = /\p{Script=Arabic}/u;
/** Letters that say that a sentence stands in the wrong file. */
const FOREIGN: Record<Language, RegExp[]> = {
  en: [KANA, HAN, ARABIC],
  de: [KANA, HAN, ARABIC],
  es: [KANA, HAN, ARABIC],
  ar: [KANA, HAN],
  ja: [ARABIC],
  "zh-CN": [KANA, ARABIC],
};

type Sentence = [path: string, text: string];

/** What fills the gaps: numbers that are found again, whatever separates their thousands. */
const SAMPLES: unknown[] = [1_231, 1_232, 1_233, 1_234];

/** Return every sentence of a catalogue, with its gaps filled. */
function sentences(part: unknown, path = ""): Sentence[] {
  if (typeof part === "string") return [[path, part]];
  if (typeof part === "function") {
    if (/^\.(plural|types)$/.test(path)) return [];
    if (/^\.upload\.removed$/.test(path)) return [[path, String(part(["location", "camera"]))]];
    if (/intakeWords\.leftOut$/.test(path))
      return [[path, String(part({ hidden: 1_231, noExtension: 1_232, notPicture: 1_233 }))]];
    if (/limits$/.test(path)) return [[path, String(part(["image/png"], 1_231))]];
    return [[path, String(part(...SAMPLES))]];
  }
  if (part === undefined || part === null) return [];
  return Object.entries(part as object).flatMap(([key, inner]) => sentences(inner, `${path}.${key}`));
}

/** Return the parts that are loaded later: every module of messages/ that exports one. */
async function laterParts(): Promise<[name: string, part: Part<object>][]> {
  const modules = import.meta.glob("./*.ts") as Record<string, () => Promise<Record<string, unknown>>>;
  const found: [string, Part<object>][] = [];
  for (const [file, load] of Object.entries(modules)) {
    if (file.includes(".test.")) continue;
    for (const [name, value] of Object.entries(await load()))
      if (/Words$/.test(name)) found.push([name, value as Part<object>]);
  }
  return found;
}

const catalogues = new Map<Language, Messages>();
let parts: [string, Part<object>][] = [];
beforeAll(async () => {
  parts = await laterParts();
  for (const tag of TAGS) catalogues.set(tag, await loadMessages(tag));
});
const catalogue = (tag: Language) => catalogues.get(tag) as Messages;

/** Return what a language says, on the first view and in each part. */
function saidIn(tag: Language): Map<string, string> {
  const messages = catalogue(tag);
  const first = sentences({ ...messages, tag: "", plural: undefined });
  const later = parts.flatMap(([name, part]) => sentences(part.in(messages), `${name}`));
  return new Map([...first, ...later].filter(([path]) => path !== ".tag"));
}

test("all parts are found", () => {
  expect(parts.map(([name]) => name)).toEqual(
    expect.arrayContaining(["appsWords", "deletionWords", "historyWords", "optionsWords"]),
  );
});

describe.each(OTHERS)("%s", (tag) => {
  test("has a sentence of its own for each in English, and no other", () => {
    const english = saidIn("en");
    const said = saidIn(tag);
    for (const [path, text] of english) {
      expect(text.length, path).toBeGreaterThan(0);
      expect(said.get(path)?.length, path).toBeGreaterThan(0);
    }
    for (const path of said.keys())
      if (!/\.problem\.server\./.test(path)) expect(english.has(path), path).toBe(true);
  });

  test("is not English, and not of another script", () => {
    const english = saidIn("en");
    const script = SCRIPTS[tag];
    for (const [path, text] of saidIn(tag)) {
      const words = text.replace(PROGRAMS, "").replace(NAMES, "");
      if (script) {
        expect(words, path).not.toMatch(/[A-Za-z]{2,}/);
        if (/\p{L}{2,}/u.test(english.get(path)?.replace(PROGRAMS, "").replace(NAMES, "") ?? ""))
          if (!/number|bytes|percent|date|dimensions|resized/i.test(path))
            expect(words, path).toMatch(script);
      } else {
        // A sentence of two words or more is never the same in both.
        const same = text === english.get(path) && /\p{L}+ \p{L}+/u.test(words);
        expect([path, same]).toEqual([path, false]);
      }
      for (const foreign of FOREIGN[tag] ?? []) expect(words, path).not.toMatch(foreign);
    }
  });

  test("names all that English names: each gap is filled", () => {
    const said = saidIn(tag);
    const digits = (text: string) =>
      new Set(
        [
          ...text
            .normalize("NFKC")
            .replace(/(?<=\d)[.,\s'’٬](?=\d{3})/g, "")
            .matchAll(/123[1-4]/g),
        ].map(String),
      );
    for (const [path, text] of saidIn("en"))
      if (said.has(path)) expect([path, digits(said.get(path) ?? "")]).toEqual([path, digits(text)]);
  });

  test("has a sentence for every code that the server answers a page with", () => {
    const errors = readFileSync("../app/errors.py", "utf8");
    const codes = [...errors.matchAll(/^ {4}code = "(\w+)"/gm)].map(([, code]) => code ?? "");
    expect(codes.length).toBeGreaterThan(20);
    // The page registers no service worker from a path of the API.
    const met = [...codes, "rate_limited", "internal_error", "body_too_large"].filter(
      (code) => code !== "service_worker_refused",
    );
    const { server } = catalogue(tag).problem;
    expect(met.filter((code) => !server[code])).toEqual([]);
  });
});

test("a number has the right word with it", () => {
  const numbers = [0, 1, 2, 3, 11, 100];
  const said = (tag: Language) => numbers.map((n) => catalogue(tag).pictures(n));
  expect(said("en")).toEqual(["0 pictures", "1 picture", ...[2, 3, 11, 100].map((n) => `${n} pictures`)]);
  expect(said("de")).toEqual(["0 Bilder", "1 Bild", ...[2, 3, 11, 100].map((n) => `${n} Bilder`)]);
  expect(said("es")).toEqual(["0 imágenes", "1 imagen", ...[2, 3, 11, 100].map((n) => `${n} imágenes`)]);
  expect(said("ar")).toEqual(["لا صور", "صورة واحدة", "صورتان", "3 صور", "11 صورة", "100 صورة"]);
  expect(said("ja")).toEqual(numbers.map((n) => `画像 ${n} 枚`));
  expect(said("zh-CN")).toEqual(numbers.map((n) => `${n} 张图片`));
  const { announce, shared } = catalogue("ar");
  expect(numbers.map(announce.links)).toEqual([
    ...["لا روابط", "رابط واحد", "رابطان", "3 روابط", "11 رابطًا", "100 رابط"],
  ]);
  // After a verbal noun, two take another ending.
  expect(shared.upload(2)).toBe("رفع صورتين");
  const intake = intakeWords.in(catalogue("ar"));
  expect(intake.leftOut({ hidden: 0, noExtension: 0, notPicture: 2 })).toContain("ملفان");
  expect(intake.leftOut({ hidden: 1, noExtension: 0, notPicture: 10 })).toContain("11 ملفًا");
});

test("every problem has a sentence in every language", () => {
  const problems = [
    { code: "too_large", size: 2, limit: 1 },
    { code: "type_not_accepted", accepted: ["image/png"] },
    ...(["unreachable", "cut", "forbidden", "too_large", "refused", "failing"] as const).flatMap((kind) =>
      [undefined, "https://page.test"].map((page) => ({
        ...{ code: "put", kind, status: 400, host: "s3.test", page, size: 9 },
      })),
    ),
    { code: "server", status: 503, serverCode: "store_misconfigured", detail: undefined },
    { code: "server", status: 422, serverCode: "too_many_pixels", detail: "Too many." },
    { code: "server", status: 502, serverCode: "bad_answer", detail: undefined },
    ...[
      "empty",
      "svg",
      "heic",
      "unreadable",
      "metadata",
      "not_shown",
      "interrupted",
      "api_unreachable",
      "unexpected",
    ].map((code) => ({ code })),
  ] as Problem[];
  const end = { "zh-CN": /。$/, ja: /[。）]。?$/ } as Partial<Record<Language, RegExp>>;
  for (const tag of TAGS)
    for (const problem of problems) expect(explain(problem, catalogue(tag)), tag).toMatch(end[tag] ?? /\.$/);
});

test("no component has a sentence that is not in the catalogues", () => {
  const components = readdirSync("src", { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".tsx") && !name.endsWith(".test.tsx"));
  expect(components.length).toBeGreaterThan(5);
  for (const name of components) {
    const source = readFileSync(`src/${name}`, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    const texts = source.match(/(?<!=)>\s*[A-Za-z][^<>{}=;()]*</g) ?? [];
    const labels = source.match(/(aria-label|title|alt|placeholder)="[^"]*[A-Za-z][^"]*"/g) ?? [];
    expect([name, texts, labels]).toEqual([name, [], []]);
  }
});
