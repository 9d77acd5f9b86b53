import { defineConfig } from "vite";

/** The site works from any folder of any static server, so that every address in it is relative. */
export default defineConfig({
  base: "./",
  build: { outDir: "dist", target: "es2023", sourcemap: true, modulePreload: { polyfill: false } },
  worker: { format: "es" },
});
