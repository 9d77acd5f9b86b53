import { modelDenoiser } from "@clidim/denoise";
import { denoiserFunction, exportDenoiser } from "@clidim/export";
import { affineOf, InputError } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { describe, expect, it } from "vitest";
import { drawing, modelOf } from "./modelOf.js";
import { imported, interpreted, noise, relativeDifference, runOnnx, type Values } from "./runOnnx.js";

/** Grey values of a camera with an offset. */
const picture = (...shape: number[]): Values => ({
  data: noise(shape.reduce((a, b) => a * b)).map((value) => Math.round(400 + 300 * value)),
  shape,
});

describe("exportDenoiser", () => {
  for (const method of methods.trained) {
    it(`${method.name}: the file does to images of any size what the model does`, async () => {
      const model = await modelOf(method);
      const { multiple } = method.geometry(model.configuration);
      const side = (): number => multiple * (1 + Math.floor(3 * Math.random()));
      const shapes = [
        [1, 1, side(), side()],
        [2, 1, side(), side()],
      ].slice(0, drawing.has(method.name) ? 1 : 2);
      const images = shapes.map((shape) => picture(...shape));
      // Before the weights are read for the export, which leaves them on a device.
      const expected = images.map((image) => {
        const [, , height, width] = image.shape;
        const { apply } = denoiserFunction(model, { size: [height!, width!] });
        return interpreted((x) => apply(model.variables, x!), [image]);
      });
      const [, , height, width] = shapes[0]!;
      const size = drawing.has(method.name) && { size: [height!, width!] as const };
      const { bytes } = await exportDenoiser(model, { ...size });
      for (const [i, image] of images.entries()) {
        const { denoised } = await runOnnx(bytes, { noisy: image });
        expect(denoised!.shape).toEqual(image.shape);
        // Single precision of grey values up to 700.
        expect(relativeDifference(denoised!.data, expected[i]!.data), `${image.shape}`).toBeLessThan(1e-4);
        expect(relativeDifference(imported(bytes, [image]).data, expected[i]!.data)).toBeLessThan(1e-5);
      }
    });
  }

  it("a network of NAFNet's blocks does in the file what it does here", async () => {
    const model = await modelOf(methods.trainedNamed("clidim"), { network: "nafnet", orientations: 1 });
    const image = picture(1, 1, 8, 12);
    const { apply } = denoiserFunction(model, { size: [8, 12] });
    const expected = interpreted((x) => apply(model.variables, x!), [image]);
    const { bytes } = await exportDenoiser(model);
    const { denoised } = await runOnnx(bytes, { noisy: image });
    expect(relativeDifference(denoised!.data, expected.data)).toBeLessThan(1e-4);
  });

  it("has the eight orientations in the file where the model is applied in them", async () => {
    const model = await modelOf(methods.trainedNamed("clidim"));
    const image = picture(1, 1, 8, 12);
    const [one, eight] = ([1, 8] as const).map((orientations) => {
      const { apply } = denoiserFunction(model, { orientations });
      return interpreted((x) => apply(model.variables, x!), [image]).data;
    });
    expect(relativeDifference(one!, eight!)).toBeGreaterThan(1e-2);
    const asIs = await exportDenoiser(model);
    expect(asIs.orientations).toBe(8);
    const { denoised } = await runOnnx(asIs.bytes, { noisy: image });
    expect(relativeDifference(denoised!.data, eight!)).toBeLessThan(1e-4);
    const single = await exportDenoiser(model, { orientations: 1 });
    const once = await runOnnx(single.bytes, { noisy: image });
    expect(relativeDifference(once.denoised!.data, one!)).toBeLessThan(1e-4);
    expect(single.bytes.length).toBeLessThan(asIs.bytes.length);
  });

  it("has four orientations in the file where the noise of the model has an axis", async () => {
    const overrides = { structAxis: "vertical", orientations: 8 };
    const model = await modelOf(methods.trainedNamed("noise2void"), overrides);
    const image = picture(1, 1, 8, 8);
    const exported = await exportDenoiser(model);
    expect(exported.orientations).toBe(4);
    const { denoised } = await runOnnx(exported.bytes, { noisy: image });
    const { scale, offset } = affineOf(model.normalization);
    const denoise = modelDenoiser(model);
    const here = await denoise(
      Float32Array.from(image.data, (grey) => grey * scale + offset),
      8,
      8,
    );
    const expected = here.map((value) => (value - offset) / scale);
    expect(relativeDifference(denoised!.data, expected)).toBeLessThan(1e-4);
  });

  it("refuses models that take each image in its own range", async () => {
    const model = await modelOf(methods.trainedNamed("clidim"));
    const normalization = { mode: "minmax", scope: "batch" } as const;
    const own = { ...model, configuration: { ...model.configuration, normalization } };
    await expect(exportDenoiser(own)).rejects.toThrow(
      /this model takes each image in its own range of grey values, .* another scope of normalization/,
    );
  });

  it("holds the network alone, and says so where a model's results are a mean with another method's", async () => {
    const model = await modelOf(methods.trainedNamed("clidim"));
    const blend = { method: "bm3d@1", parameters: { strength: 1 }, weight: 0.25, pages: 2, error: 0.98 };
    const plain = await exportDenoiser(model, { orientations: 1 });
    const blended = await exportDenoiser({ ...model, blend }, { orientations: 1 });
    const sentence =
      "The file holds the network alone: results of clidim denoise are 0.75 times the network's plus 0.25 times those of bm3d@1, which needs no training and is not in the file.";
    expect(blended.without).toBe(sentence);
    expect(new TextDecoder("latin1").decode(blended.bytes)).toContain(sentence);
    for (const same of [
      plain,
      await exportDenoiser({ ...model, blend: { ...blend, weight: 0 } }, { orientations: 1 }),
    ]) {
      expect(same.without).toBeUndefined();
      expect(same.bytes).toEqual(plain.bytes);
    }
    const image = { noisy: picture(1, 1, 8, 12) };
    const [one, other] = [await runOnnx(plain.bytes, image), await runOnnx(blended.bytes, image)];
    expect(other.denoised).toEqual(one.denoised);
  });

  it("takes several captures, and the noise of a camera where the network sees its level", async () => {
    const model = await modelOf(methods.trainedNamed("clidim"), { frames: 2, noiseLevelMap: true });
    const image = picture(1, 2, 8, 4);
    const level: Values = { data: new Float32Array([1.5, -300]), shape: [2] };
    const { apply, inputs } = denoiserFunction(model);
    expect(inputs.map(({ name }) => name)).toEqual(["noisy", "noise"]);
    const [expected, louder] = [level, { ...level, data: new Float32Array([60, 0]) }].map(
      (each) => interpreted((x, n) => apply(model.variables, x!, n!), [image, each]).data,
    );
    expect(relativeDifference(expected!, louder!)).toBeGreaterThan(1e-3);
    const { bytes } = await exportDenoiser(model);
    const { denoised } = await runOnnx(bytes, { noisy: image, noise: level });
    expect(denoised!.shape).toEqual([1, 1, 8, 4]);
    expect(relativeDifference(denoised!.data, expected!)).toBeLessThan(1e-4);
  });

  it("asks for a size where numbers are drawn, and refuses one that the network does not take", async () => {
    const vae = await modelOf(methods.trainedNamed("vae"));
    const error: unknown = await exportDenoiser(vae).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).keys).toEqual(["size"]);
    expect((error as Error).message).toMatch(
      /\(vae\) cannot be exported for images of all sizes, as randomBits/,
    );
    const { multiple } = vae.method.geometry(vae.configuration);
    await expect(exportDenoiser(vae, { size: [multiple, multiple + 1] })).rejects.toThrow(
      `multiples of ${multiple}, such as ${2 * multiple}`,
    );
  });
});
