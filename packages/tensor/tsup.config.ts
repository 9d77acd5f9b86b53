import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { defineConfig } from "tsup";

/** Leaves the text of what is in the package anyway out of the maps. */
function shortenMaps(): void {
  for (const name of readdirSync("dist").filter((file) => file.endsWith(".js.map"))) {
    const file = `dist/${name}`;
    const map = JSON.parse(readFileSync(file, "utf8")) as {
      sources: string[];
      sourcesContent: (string | null)[];
    };
    map.sourcesContent = map.sourcesContent.map((text, k) =>
      map.sources[k]!.startsWith("../src/") ? null : text,
    );
    writeFileSync(file, JSON.stringify(map));
  }
}

export default defineConfig({
  entry: {
    index: "src/index.ts",
    // A module of its own, of which `chain` takes all and other programs what they use.
    "ops/index": "src/ops/index.ts",
    chain: "src/chain.ts",
    reference: "src/executors/interpreter/index.ts",
    wasm: "src/executors/wasm/index.ts",
    webgl: "src/executors/webgl/index.ts",
    expect: "src/expect.ts",
    graph: "src/graph/index.ts",
    "threads.node": "src/executors/wasm/threads/threads.node.ts",
    "threads.browser": "src/executors/wasm/threads/threads.browser.ts",
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
  onSuccess: async () => shortenMaps(),
  external: [/^#gpu$/, /^#threads$/, /^\.\/ops\/index\.js$/],
  loader: { ".glsl": "text", ".wgsl": "text" },
});
