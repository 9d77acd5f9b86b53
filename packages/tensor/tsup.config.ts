import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    reference: "src/reference.ts",
    "gpu.node": "src/device/gpu.node.ts",
    "gpu.browser": "src/device/gpu.browser.ts",
  },
  format: ["esm"],
  target: "node20",
  platform: "neutral",
  sourcemap: true,
  dts: false,
  clean: false,
  external: [/^#gpu$/],
  loader: { ".wgsl": "text" },
});
