import { mkdtempSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { Child } from "./child.mjs";
import { rowsFor } from "./rows.mjs";

/**
 * From the start of a process to the end of its first training step, with an empty shader cache and then with what that
 * left there.
 */
export async function measureStart(command, { gpu, folder }) {
  const cache = mkdtempSync(join(folder, "shaders-"));
  const caches = { MESA_SHADER_CACHE_DIR: cache, __GL_SHADER_DISK_CACHE_PATH: cache };
  const { spec } = rowsFor({ gpu, sizes: [] }).find(({ name }) => name === "step.laptop.clidim");
  const row = { ...spec, weights: join(folder, "start.safetensors") };
  const results = [];
  for (const state of ["cold", "warm", "warm"]) {
    const load = loadavg()[0];
    const began = performance.now();
    const child = new Child(command, caches);
    try {
      await child.ask({ do: "start" });
      const opened = performance.now();
      await child.ask({ do: "prepare", row });
      const stepped = performance.now();
      results.push({
        shaderCache: state,
        openMilliseconds: opened - began,
        firstStepMilliseconds: stepped - opened,
        milliseconds: stepped - began,
        load,
      });
    } finally {
      await child.quit();
    }
  }
  return results;
}
