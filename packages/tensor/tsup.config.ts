import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    reference: "src/executors/interpreter/index.ts",
    expect: "src/expect.ts",
    graph: "src/graph/index.ts",
    "gpu.node": "src/executors/webgpu/device/gpu.node.ts",
    "gpu.browser": "src/executors/webgpu/device/gpu.browser.ts",
  },
  format: ["esm"],
  target: "node20",
  platform: "neutral",
  sourcemap: true,
  dts: false,
  // Chunks have their contents in their names; the declarations are tsc's.
  clean: ["!**/*.d.ts", "!**/*.d.ts.map"],
  external: [/^#gpu$/],
  loader: { ".wgsl": "text" },
});
