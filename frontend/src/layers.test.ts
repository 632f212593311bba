// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

// Which folder of src/ may import from which other. A folder may always import from itself.
const FEATURE = ["api", "device", "engine", "messages", "pictures", "published", "store", "ui"];
const MAY_IMPORT: Record<string, readonly string[]> = {
  store: [],
  api: [],
  pictures: [],
  messages: ["api", "pictures"],
  device: ["api", "pictures", "store"],
  engine: ["api", "device", "pictures", "store"],
  ui: ["device", "messages", "store"],
  published: ["api", "device", "messages", "pictures", "ui"],
  uploads: FEATURE,
  history: FEATURE,
  deletion: FEATURE,
  apps: FEATURE,
  albums: FEATURE,
  // The whole page, and the module that puts it together.
  App: [...FEATURE, "uploads", "history", "deletion", "apps", "albums"],
  main: [...FEATURE, "App", "history"],
  // A page of its own, and the script of one.
  reference: ["ui"],
  gallery: ["device", "published"],
};
const MOST_LINES = 300;
const MOST_LINES_OF_FUNCTION = 60;

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !/\.test\.|test-setup|\.d\.ts$/.test(path))
  .map((path) => {
    const text = readFileSync(join("src", path), "utf8");
    return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
  });

const layerOf = (path: string) => (path.split("/")[0] ?? "").replace(/\.(tsx?|module\.css)$/, "");

function* nodes(root: ts.Node): Generator<ts.Node> {
  yield root;
  for (const child of root.getChildren()) yield* nodes(child);
}

/** Return every module that a file names: in an import, an export, an `import()` or a `new URL()`. */
function modulesOf({ tree }: { tree: ts.SourceFile }): string[] {
  return [...nodes(tree)].flatMap((node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node))
      return node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)
        ? [node.moduleSpecifier.text]
        : [];
    const isImport = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const isUrl = ts.isNewExpression(node) && node.expression.getText() === "URL";
    const [first] = isImport || isUrl ? (node.arguments ?? []) : [];
    return first && ts.isStringLiteral(first) ? [first.text] : [];
  });
}

function linesOf(node: ts.Node, tree: ts.SourceFile): number {
  const line = (position: number) => tree.getLineAndCharacterOfPosition(position).line;
  return line(node.getEnd()) - line(node.getStart(tree)) + 1;
}

test("every folder is in the table, and the table names no other", () => {
  expect([...new Set(sources.map(({ path }) => layerOf(path)))].sort()).toEqual(
    Object.keys(MAY_IMPORT).sort(),
  );
});

test("imports point one way", () => {
  const wrong = sources.flatMap((source) => {
    const layer = layerOf(source.path);
    return modulesOf(source)
      .filter((name) => name.startsWith("."))
      .map((name) => normalize(join(dirname(source.path), name)))
      .filter((target) => layerOf(target) !== layer && !MAY_IMPORT[layer]?.includes(layerOf(target)))
      .map((target) => `${source.path} → ${target}`);
  });
  expect(wrong).toEqual([]);
});

test("engine, API, device and pictures import no React", () => {
  const plain = sources.filter(({ path }) => /^(engine|api|device|pictures|store)\b/.test(path));
  expect(plain.length).toBeGreaterThan(20);
  const wrong = plain.filter(
    (source) =>
      source.path.endsWith(".tsx") || modulesOf(source).some((name) => /^react(-dom)?(\/|$)/.test(name)),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test("no module is longer than 300 lines, the catalogues of messages aside", () => {
  const long = sources
    .filter(({ path }) => !/^messages\/[a-z]{2}\.ts$/.test(path))
    .filter(({ text }) => text.trimEnd().split("\n").length > MOST_LINES);
  expect(long.map(({ path }) => path)).toEqual([]);
});

test("no function of the engine is longer than 60 lines", () => {
  const functions = sources
    .filter(({ path }) => path.startsWith("engine/"))
    .flatMap(({ path, tree }) =>
      [...nodes(tree)]
        .filter(ts.isFunctionLike)
        .map((node) => ({ path, name: node.name?.getText() ?? "", lines: linesOf(node, tree) })),
    );
  expect(functions.length).toBeGreaterThan(40);
  expect(functions.filter(({ lines }) => lines > MOST_LINES_OF_FUNCTION)).toEqual([]);
});
