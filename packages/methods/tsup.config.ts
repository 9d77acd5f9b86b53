import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts", "src/node.ts", "src/thread.ts"],
  format: ["esm"],
  target: "node20",
  // The root runs in browsers too. Only node.js, and the threads that it starts (thread.js), need what is external here.
  platform: "neutral",
  external: [/^node:/],
  sourcemap: true,
  dts: false,
  // Chunks have their contents in their names; the declarations are tsc's.
  clean: ["!**/*.d.ts", "!**/*.d.ts.map"],
});
