import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ablate, denoiseFiles, train } from "@clidim/denoise/node";
import { simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { readSafetensors } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { methods } from "../src/registry.js";
import { small } from "./small.js";

const UPDATES = 24;
const folder = temporaryFolder();
const at = (...parts: string[]): string => join(folder, ...parts);
const noisy: string[] = [];
const clean: string[] = [];

beforeAll(async () => {
  mkdirSync(at("data"));
  for (const scene of simulateScenes({ seed: 1, size: 48, scenes: 4, frames: 4 })) {
    noisy.push(at("data", `${scene.name}-noisy.tif`));
    clean.push(at("data", `${scene.name}-clean.tif`));
    await writeImageFile(noisy.at(-1)!, scene.noisy);
    await writeImageFile(clean.at(-1)!, [scene.clean]);
  }
});

const tensorsOf = (path: string) => readSafetensors(readFileSync(path)).tensors;

describe.each(methods.trained)("$name, from files to files", (method) => {
  const overrides = { ...small[method.name], updates: UPDATES };
  const run = (out: string) => ({
    ...{ method, noisy: noisy.slice(0, 3), out: at(out), overrides, seed: 2, validation: 0.3 },
    ...(method.target === "clean" && { clean: clean.slice(0, 3) }),
  });
  const whole = `${method.name}-whole`;

  test("is trained, and goes on after an interruption to the same model, bit for bit", async () => {
    expect(Object.keys(small)).toContain(method.name);
    const { manifest } = await train(run(whole));
    expect(manifest).toMatchObject({ status: "completed", updates: { done: UPDATES } });
    const stopped = run(`${method.name}-stopped`);
    const controller = new AbortController();
    const onProgress = ({ update }: { readonly update: number }): void => {
      if (update >= 10) controller.abort();
    };
    const { completed } = await train(stopped, { signal: controller.signal, onProgress });
    expect(completed).toBe(false);
    await train({ ...stopped, resume: true });
    for (const file of ["checkpoint.safetensors", "model.safetensors"]) {
      expect(tensorsOf(join(stopped.out, file))).toEqual(tensorsOf(at(whole, file)));
    }
  });

  test("denoises, and writes a report", async () => {
    const { denoised } = await denoiseFiles({
      ...{ methods, model: at(whole), files: [noisy[3]!], out: at(`${method.name}-denoised`), report: true },
    });
    const [result] = denoised;
    const [before, after] = [await readStack(noisy[3]!), await readStack(result!.output)];
    expect(after).toMatchObject({ width: before.width, height: before.height, dtype: before.dtype });
    expect(after.pages).toHaveLength(4);
    expect(after.pages).not.toEqual(before.pages);
    expect(readFileSync(result!.report!, "utf8")).toContain("<html");
  });

  test("is ablated beside the others, and what is done stays done", async () => {
    const config = at(`${method.name}.yaml`);
    const list = (kind: readonly string[], first: number, end: number): string =>
      `[${kind.slice(first, end).join(", ")}]`;
    writeFileSync(
      config,
      `
method: ${method.name}
overrides: ${JSON.stringify({ ...overrides, updates: 6 })}
validation: 0.3
baselines: false
data:
  - name: simulated
    train: { noisy: ${list(noisy, 0, 3)}, clean: ${list(clean, 0, 3)} }
    test: { noisy: ${list(noisy, 3, 4)}, clean: ${list(clean, 3, 4)} }
variants:
  - name: own
`,
    );
    const options = { methods, config, out: at(`${method.name}-ablation`) };
    const { tables } = await ablate(options);
    expect(tables[0]!.rows.map(([name]) => name)).toEqual(["noisy", "Gaussian blur *", "own"]);
    expect(existsSync(join(options.out, "report.html"))).toBe(true);
    const again = await ablate(options, {
      onRun: ({ title }) => {
        throw new Error(`${title} is done again`);
      },
    });
    expect(again.tables).toEqual(tables);
    expect(readdirSync(join(options.out, "runs"))).toEqual(["simulated"]);
  });
});
