import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const NOTICE = "/licences/libheif.txt";
const api = `http://127.0.0.1:${process.env.API_PORT ?? 8000}`;

export default defineConfig({
  plugins: [react(), licences(), compressed(), galleryScript()],
  build: {
    outDir: "dist",
    // The page has a strict Content-Security-Policy: no inline script, and no data: URL.
    assetsInlineLimit: 0,
    // The parts that load later are small: with all styles in one file, they need no code that loads theirs.
    cssCodeSplit: false,
    modulePreload: false,
    // One file for the first view: Rolldown would put what later parts share with it into files of their own.
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: "index", tags: ["$initial"] }] },
        // The name of a part's words says their language, too: de-history.
        chunkFileNames: ({ facadeModuleId, name }) => {
          const [, language] = /\/messages\/(\w+)\/\w+\.ts$/.exec(facadeModuleId ?? "") ?? [];
          return `assets/${language ? `${language}-` : ""}${name}-[hash].js`;
        },
      },
    },
  },
  // The decoder contains a part of libheif, whose licence asks for a notice.
  worker: {
    rolldownOptions: {
      output: {
        banner: ({ name }) => (name === "decoder" ? `/*! libheif (LGPL-3.0): see ${NOTICE} */` : ""),
      },
    },
  },
  // A file's name is its styles' name: it says where a class is, and weighs less than a hash.
  css: { modules: { generateScopedName: (name, file) => `${basename(file, ".module.css")}-${name}` } },
  server: {
    host: "127.0.0.1",
    // The styles that the server's own pages have, too.
    fs: { allow: [".", "../app/static"] },
    proxy: {
      "/uploads": api,
      "/albums": api,
      "^/a/": api,
      "/clients": api,
      "/health": api,
      "/version": api,
      "/openapi.json": api,
      "/p/": api,
      "/oembed": api,
    },
  },
  test: {
    environment: "jsdom",
    // The default leaves one processor idle: one of two, on a small machine.
    maxWorkers: availableParallelism(),
    setupFiles: ["src/test-setup.ts"],
    // Generous, for a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    css: { modules: { classNameStrategy: "non-scoped" } },
  },
});

/** Write the notice of the libraries that decode HEIC, with the licences that they are under. */
function licences(): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle() {
      const parts = ["src/pictures/heic/NOTICE.txt", "node_modules/libheif-js/libheif-wasm/LICENSE"];
      const source = parts.map((part) => readFileSync(join(import.meta.dirname, part), "utf8")).join("");
      this.emitFile({ type: "asset", fileName: NOTICE.slice(1), source });
    },
  };
}

/** Write .br and .gz copies beside what gets smaller: WhiteNoise sends them to browsers that accept them. */
export function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    closeBundle: () => compress(join(import.meta.dirname, "dist")),
  };
}

/** Give the script of an album's page under the name that its build has (vite.gallery.config.ts). */
function galleryScript(): Plugin {
  return {
    name: "gallery-script",
    configureServer: ({ middlewares }) => {
      middlewares.use((request, _response, next) => {
        if (request.url === "/gallery.js") request.url = "/src/gallery/gallery.ts";
        next();
      });
    },
  };
}

function compress(folder: string) {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    // A copy that is there is of another build, into the same folder.
    if (!/\.(css|html|js|json|svg|txt|wasm)$/.test(name) || existsSync(`${path}.br`)) continue;
    const content = readFileSync(path);
    writeFileSync(`${path}.br`, brotliCompressSync(content));
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  }
}
