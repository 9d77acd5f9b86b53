import { defineConfig } from "tsup";

const namespaces = ["initializers", "layers", "metrics", "schedules"];

export default defineConfig({
  // The namespaces are modules of their own, so that bundlers leave out what a program does not use of them.
  entry: Object.fromEntries(
    ["index", ...namespaces.map((name) => `${name}/index`)].map((path) => [path, `src/${path}.ts`]),
  ),
  external: namespaces.map((name) => new RegExp(`^\\./${name}/index\\.js$`)),
  format: ["esm"],
  target: "node20",
  platform: "neutral",
  sourcemap: true,
  dts: false,
  // Chunks have their contents in their names; the declarations are tsc's.
  clean: ["!**/*.d.ts", "!**/*.d.ts.map"],
});
