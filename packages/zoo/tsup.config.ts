import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm"],
  target: "node20",
  platform: "neutral",
  sourcemap: true,
  dts: false,
  // Chunks have their contents in their names; the declarations are tsc's.
  clean: ["!**/*.d.ts", "!**/*.d.ts.map"],
});
