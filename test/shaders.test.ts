import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const source = join(root, "packages/tensor/src");
const shaders = readdirSync(join(root, "shaders")).sort();
const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => ({ file, text: readFileSync(join(source, file), "utf8") }));

describe("the shaders", () => {
  it("are all imported by some kernel", () => {
    const imported = files.flatMap(({ text }) =>
      [...text.matchAll(/shaders\/([\w.]+\.(?:glsl|wgsl))\?raw"/g)].map(([, name]) => name!),
    );
    expect([...new Set(imported)].sort()).toEqual(shaders);
  });

  it("are named in errors as their files are", () => {
    const names = files.flatMap(({ text }) =>
      [...text.matchAll(/readShader\("([^"]+)", (\w+)\)/g)].map(([, name, variable]) => {
        const [, file] = new RegExp(`import ${variable} from ".*/shaders/([^"]+)\\?raw"`).exec(text) ?? [];
        return { name, file };
      }),
    );
    expect(names.length).toBeGreaterThan(12);
    for (const { name, file } of names) expect(name).toBe(file);
  });

  it("hold what WGSL is written by hand: none has an entry point elsewhere but generated kernels", () => {
    const entries = files.filter(({ text }) => text.includes("@compute")).map(({ file }) => file);
    // A message says what a kernel of one's own must have.
    expect(entries).toEqual(["ops/customKernel.ts", "executors/webgpu/kernels/kernelText.ts"]);
  });

  // The kernels of contractions and of Fourier transforms, of which packages/tensor/test/workgroupStores.test.ts looks at every one, generated reductions, whose invocations each write an element of their
  // own, and one word by which Jacobi's methods know when to stop, which one invocation writes.
  it("share memory within a workgroup in tiled contractions, transforms, Jacobi's methods and reductions alone", () => {
    const sharing = shaders.filter((name) =>
      readFileSync(join(root, "shaders", name), "utf8").includes("var<workgroup>"),
    );
    expect(sharing).toEqual([
      "fft.tile.wgsl",
      "jacobiPairs.wgsl",
      "tileMain.wgsl",
      "tileSubgroupMatrix.wgsl",
      "tileThin.wgsl",
    ]);
    const generated = files.filter(({ text }) => text.includes("var<workgroup>"));
    expect(generated.map(({ file }) => file)).toEqual(["executors/webgpu/kernels/kernelText.ts"]);
    const users = files.filter(({ text }) => text.includes("text.share(")).map(({ file }) => file);
    expect(users).toEqual(["executors/webgpu/kernels/workgroupFold.ts"]);
  });

  it("leave it to lowering how parameters reach them", () => {
    for (const name of shaders) {
      const text = readFileSync(join(root, "shaders", name), "utf8");
      expect(text, name).not.toMatch(/var<(immediate|uniform)>/);
    }
  });
});
