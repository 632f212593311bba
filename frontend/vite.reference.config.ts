import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { compressed } from "./vite.config.ts";

const library = join(import.meta.dirname, "node_modules/swagger-ui-dist");

/** Builds the reference of the API beside the page. It is a build of its own, so that the page shares no file with it. */
export default defineConfig({
  plugins: [pictureFiles(), licence(), compressed()],
  publicDir: false,
  build: {
    outDir: "dist",
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: false,
    chunkSizeWarningLimit: 2000,
    rollupOptions: { input: "reference.html" },
  },
});

/** Make files of the pictures inside of style sheets: the Content-Security-Policy lets no data: URL be loaded. */
function pictureFiles(): Plugin {
  return {
    name: "picture-files",
    async generateBundle(_, bundle) {
      for (const sheet of Object.values(bundle)) {
        if (sheet.type !== "asset" || !sheet.fileName.endsWith(".css")) continue;
        let text = sheet.source.toString();
        for (const [written, double, single, bare] of text.matchAll(
          /url\((?:"(data:(?:[^"\\]|\\.)*)"|'(data:(?:[^'\\]|\\.)*)'|(data:[^)]*))\)/g,
        )) {
          const answer = await fetch((double ?? single ?? bare ?? "").replace(/\\(.)/g, "$1"));
          const source = new Uint8Array(await answer.arrayBuffer());
          const type = answer.headers.get("content-type")?.match(/^image\/(\w+)/)?.[1];
          const hash = createHash("sha256").update(source).digest("base64url").slice(0, 8);
          const fileName = `assets/reference-${hash}.${type === "jpeg" ? "jpg" : type}`;
          this.emitFile({ type: "asset", fileName, source });
          text = text.replace(written, `url(/${fileName})`);
        }
        sheet.source = text;
      }
    },
  };
}

/** Put the licences of what is shipped beside it, as they ask. */
function licence(): Plugin {
  return {
    name: "licence",
    generateBundle() {
      const parts = ["LICENSE", "NOTICE", "swagger-ui-es-bundle.js.LICENSE.txt"];
      const source = parts.map((name) => readFileSync(join(library, name), "utf8")).join("\n\n");
      this.emitFile({ type: "asset", fileName: "assets/swagger-ui.LICENSE.txt", source });
    },
  };
}
