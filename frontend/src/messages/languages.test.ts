// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Problem } from "../api/problem";
import { appsWords } from "./apps";
import { deletionWords } from "./deletion";
import { en } from "./en";
import { explain } from "./explain";
import { historyWords } from "./history";
import { pickLanguage } from "./languages";
import { optionsWords } from "./options";
import { zh } from "./zh";

test.each([
  [undefined, ["zh-CN", "en"], "zh-CN"],
  [undefined, ["zh-Hant-TW"], "zh-CN"],
  [undefined, ["fr", "zh"], "zh-CN"],
  [undefined, ["en-GB", "zh-CN"], "en"],
  [undefined, ["fr", "de"], "en"],
  [undefined, [], "en"],
  ["en", ["zh-CN"], "en"],
  ["zh-CN", ["en"], "zh-CN"],
  ["tlh", ["zh"], "zh-CN"],
] as const)("chosen %s, preferred %s: %s", (chosen, preferred, language) => {
  expect(pickLanguage(chosen, preferred)).toBe(language);
});

/** Return every sentence of a catalogue, with its gaps filled. */
function sentences(part: unknown, path = ""): [path: string, text: string][] {
  if (typeof part === "string") return [[path, part]];
  if (typeof part === "function") {
    const samples = path.endsWith(".removed") && path.startsWith(".upload") ? [["location"]] : [7, 9, 5, 3];
    const typed = /limits$|^\.types$/.test(path) ? [["image/png"], 9] : samples;
    return [[path, String(part(...typed))]];
  }
  return Object.entries(part as object).flatMap(([key, inner]) => sentences(inner, `${path}.${key}`));
}

/** What the first view says, and what each part says that is loaded later. */
const CATALOGUES = {
  "": { en, "zh-CN": zh },
  ...Object.fromEntries(
    Object.entries({ historyWords, deletionWords, optionsWords, appsWords }).map(([name, words]) => [
      name,
      { en: words.en(en), "zh-CN": words["zh-CN"](zh) },
    ]),
  ),
};

test.each(Object.entries(CATALOGUES))(
  "no sentence of catalogue %s is empty or in another language",
  (_, words) => {
    const chinese = new Map(sentences(words["zh-CN"]));
    for (const [path, text] of sentences(words.en)) {
      expect(text.length, path).toBeGreaterThan(0);
      expect(text, path).not.toMatch(/\p{Script=Han}/u);
      expect(chinese.get(path)?.length, path).toBeGreaterThan(0);
    }
    // The names of programs, and of what a person finds in them.
    const programs =
      /ShareX|Lumeshot|XerahS|macOS|PicGo|PicList|Typora|Obsidian|ishare|Flameshot|ksnip|Spectacle|curl(\.sh)?|imghost|Chevereto|Img Fast|Image auto upload|Remote server mode|Delete URL|web-uploader|advancedplist|gnome-screenshot|wl-clipboard|xclip|picgo -c picgo\.json upload a\.png|sh curl\.sh \*\.png|iPad|Mac|URL|POST|JSON|API|YOUR_ACCESS_TOKEN|viewURL|file|key|CORS_ORIGINS|useImageHost|Uppy/g;
    const names = /Image Host|Markdown|HTML|BBCode|PNG|JPEG|SVG|HEIC|iPhone|CORS|Host|zh-CN|kB|MB|B|[Kk]\b/g;
    for (const [path, text] of chinese) {
      expect(text.replace(programs, "").replace(names, ""), path).not.toMatch(/[A-Za-z]{2,}/);
    }
  },
);

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
  for (const problem of problems) {
    expect(explain(problem, en)).toMatch(/\.$/);
    expect(explain(problem, zh)).toMatch(/。$/);
  }
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
