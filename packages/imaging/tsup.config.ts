import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/node.ts", "src/decoder.ts"],
  format: ["esm"],
  target: "node20",
  // The root runs in browsers too; one build for both, so that they share their classes. Only node.js, and the thread that it starts (decoder.js), need what is external here.
  platform: "neutral",
  external: [/^node:/],
  sourcemap: true,
  dts: false,
  // Chunks have their contents in their names; the declarations are tsc's.
  clean: ["!**/*.d.ts", "!**/*.d.ts.map"],
});
