import { defineConfig } from "vite";
import { compressed } from "./vite.config.ts";

/** Builds the script of an album's page. The server, which draws the page, knows no hash: so its name is always the same. */
export default defineConfig({
  plugins: [compressed()],
  publicDir: false,
  build: {
    outDir: "dist",
    emptyOutDir: false,
    modulePreload: false,
    rolldownOptions: {
      input: "src/gallery/gallery.ts",
      output: { entryFileNames: "[name].js", chunkFileNames: "assets/[name]-[hash].js" },
    },
  },
});
