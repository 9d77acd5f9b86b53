import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/node.ts", "src/yaml.ts"],
  format: ["esm"],
  target: "node20",
  // The root runs in browsers too; one build for both, so that they share their classes. Only node.js needs what is external here.
  platform: "neutral",
  external: [/^node:/],
  sourcemap: true,
  dts: false,
  // Chunks have their contents in their names; the declarations are tsc's.
  clean: ["!**/*.d.ts", "!**/*.d.ts.map"],
});
