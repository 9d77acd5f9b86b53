import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { importModel, methodId } from "@clidim/denoise";
import { denoiseFiles } from "@clidim/denoise/node";
import { psnr, simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { zooModels } from "@clidim/zoo";
import { describe, expect, it } from "vitest";

const folder = temporaryFolder();

describe.each(zooModels)("the model $name of the zoo", ({ name, file, bytes, sha256, method, measured }) => {
  it("is the file that its card describes", async () => {
    const contents = await readFile(file);
    expect(contents.length).toBe(bytes);
    expect(createHash("sha256").update(contents).digest("hex")).toBe(sha256);
    const model = importModel(contents, methods, name);
    expect(methodId(model.method)).toBe(method);
    expect(model.units).toBe("noise");
    expect(model.unchecked).toBeUndefined();
  });

  it("was measured on simulated images and on real ones, and its card says where it loses", () => {
    expect(new Set(measured.map(({ simulated }) => simulated))).toEqual(new Set([true, false]));
    for (const { model, noisy } of measured) expect(model.psnr).toBeGreaterThan(noisy.psnr);
  });

  it("denoises images of a camera that it has not seen, better than BM3D", async () => {
    // Another simulation than that of its training, in other grey values.
    const [scene] = simulateScenes({ seed: 31, size: 128, scenes: 1, frames: 1, gain: 2.3, offset: 400 });
    const noisy = join(folder, "unseen.tif");
    await writeImageFile(noisy, scene!.noisy);
    const out = join(folder, "denoised");
    await denoiseFiles({ methods, model: fileURLToPath(file), files: [noisy], out });
    const [denoised] = (await readStack(join(out, "unseen.tif"))).pages;
    const before = psnr(scene!.noisy[0]!, scene!.clean);
    const quality = psnr(denoised!, scene!.clean);
    expect(quality).toBeGreaterThan(before + 4);
    const classical = methods.classicalNamed("bm3d").apply(scene!.noisy[0]!, { strength: 1 });
    expect(quality).toBeGreaterThan(psnr(classical, scene!.clean));
  });
});

describe("captures that the models of the zoo are trained on", () => {
  it("are drawn again where much of them is clipped, and stay within the range", async () => {
    const { capture } = (await import(
      new URL("../../packages/zoo/training/structures.mjs", import.meta.url).href
    )) as {
      capture(
        seed: number,
        number: number,
        density: Float64Array,
        camera?: Readonly<Record<string, number>>,
      ): { readonly noisy: Uint16Array; readonly clean: Float32Array };
    };
    const density = new Float64Array(256).fill(0.02);
    const clipped = (values: Uint16Array): number => values.filter((v) => v === 0 || v === 65_535).length;
    for (let number = 0; number < 100; number++) {
      expect(clipped(capture(1, number, density).noisy), `capture ${number}`).toBeLessThanOrEqual(2);
    }
    // At 20 grey values of black level, half of the reads of 4 electrons and a gain of 20 would be below 0.
    const wanting = { readNoise: 4, gain: 20 };
    const { noisy, clean } = capture(1, 1, density, { ...wanting, black: 400 });
    expect(capture(1, 1, density, { ...wanting, black: 400 }).noisy).toEqual(noisy);
    expect(clean[0]).toBeGreaterThan(400);
    expect(() => capture(1, 1, density, { ...wanting, black: 20, photons: 3 })).toThrow(
      /all clip more than 1 % of the pixels; give a higher black level/,
    );
  });
});
