// @vitest-environment node
import { readFileSync } from "node:fs";
import ts from "typescript";
import { expect, test } from "vitest";

interface Schema {
  type?: string | string[];
  enum?: string[];
  $ref?: string;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** The interfaces of wire.ts by their names in docs/openapi.json. */
const INTERFACES: Record<string, string> = {
  AcceptedType: "AcceptedType",
  Limits: "Limits",
  InitRequest: "InitRequest",
  InitResponse: "SignedUpload",
  CompleteResponse: "Picture",
  ReportRequest: "PutReport",
  PictureOfAlbum: "AlbumEntry",
  CreateAlbumRequest: "NewAlbum",
  EditAlbumRequest: "AlbumEdit",
  ShownPicture: "AlbumPicture",
  AlbumResponse: "Album",
};

const { schemas } = JSON.parse(readFileSync("../docs/openapi.json", "utf8")).components as {
  schemas: Record<string, Schema>;
};
const tree = ts.createSourceFile(
  "wire.ts",
  readFileSync("src/api/wire.ts", "utf8"),
  ts.ScriptTarget.Latest,
  true,
);
const literals = new Map(
  tree.statements
    .filter(ts.isTypeAliasDeclaration)
    .map((alias) => [alias.name.text, alias.type.getText(tree)] as const),
);

/** Fields: the name, with a question mark if it is optional, and the type. */
type Fields = Record<string, string>;

function fieldsOfInterface(name: string): Fields {
  const found = tree.statements.filter(ts.isInterfaceDeclaration).find((each) => each.name.text === name);
  if (!found) throw new Error(`wire.ts has no ${name}`);
  return Object.fromEntries(
    found.members.filter(ts.isPropertySignature).map((member) => {
      const type = member.type?.getText(tree) ?? "";
      return [member.name.getText(tree) + (member.questionToken ? "?" : ""), literals.get(type) ?? type];
    }),
  );
}

function fieldsOfSchema({ properties = {}, required = [] }: Schema): Fields {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      name + (required.includes(name) ? "" : "?"),
      typeOf(schema),
    ]),
  );
}

function typeOf({ type, enum: values, $ref, items, additionalProperties }: Schema): string {
  if ($ref) return INTERFACES[$ref.replace(/.*\//, "")] ?? $ref;
  if (values) return values.map((value) => `"${value}"`).join(" | ");
  if (items) return `${typeOf(items)}[]`;
  if (typeof additionalProperties === "object") return `Record<string, ${typeOf(additionalProperties)}>`;
  const name = (each: string) => (each === "integer" ? "number" : each);
  return [type ?? []].flat().map(name).join(" | ");
}

/** Fields that wire.ts gives another type on purpose, with the type in docs/openapi.json. */
const DIFFERENT: Record<string, Fields> = {
  // The page asks the server which types it accepts: /uploads/limits.
  InitRequest: { contentType: typeOf(schemas.InitRequest?.properties?.contentType ?? {}) },
  // A newer server may offer terms that this page does not know; an older one has no pages.
  Limits: { expiries: "string[]", pageURL: "string" },
  // The client uses whatever method the server names.
  InitResponse: { method: '"PUT"' },
};

test.each(Object.entries(INTERFACES))("%s of the API is what wire.ts calls %s", (schema, name) => {
  const expected = fieldsOfSchema(schemas[schema] ?? {});
  expect(Object.keys(expected).length).toBeGreaterThan(1);
  const written = fieldsOfInterface(name);
  expect({ ...written, ...DIFFERENT[schema] }).toEqual(expected);
});

test("no interface of wire.ts is left out", () => {
  const written = tree.statements.filter(ts.isInterfaceDeclaration).map(({ name }) => name.text);
  expect(written.sort()).toEqual(Object.values(INTERFACES).sort());
});
