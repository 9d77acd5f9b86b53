import { createHash } from "node:crypto";
import { exportBioimageModel, zooNames } from "@clidim/export";
import type { Plane } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { readNpy } from "@clidim/tensor";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { drawing, modelOf } from "./modelOf.js";
import { noise, relativeDifference, runOnnx } from "./runOnnx.js";

// What format 0.5 says of the fields that are written, in words of our own: https://github.com/bioimage-io/spec-bioimage-io, bioimageio_schema_v0-5-3post4.json and bioimageio_schema_model_0.5.json (0.5.7), and what
// bioimageio.spec (model/v0_5.py, up to 0.5.9) checks beyond them. Compared by hand on 29 November 2026. Nothing else may be there.
/** Words of Python that are no names there. */
const keywords = ["and", "class", "def", "else", "for", "from", "in", "is", "lambda", "not", "or", "with"];
const identifier = z
  .string()
  .regex(/^[A-Za-z_]\w*$/)
  .refine((word) => !keywords.includes(word));
const lower = identifier.refine((word) => word === word.toLowerCase());
const file = z.strictObject({ source: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
const batch = z.strictObject({ type: z.literal("batch") });
const channel = z.strictObject({
  type: z.literal("channel"),
  channel_names: z.array(identifier).min(1),
});
const whole = z.number().int().positive();
const inputSize = z.union([whole, z.strictObject({ min: whole, step: whole })]);
const reference = z.strictObject({ tensor_id: z.literal("noisy"), axis_id: z.enum(["x", "y"]) });
const tensorOf = <A extends z.ZodType>(space: A) =>
  z.strictObject({
    id: lower.max(32),
    description: z.string().max(128),
    axes: z.tuple([batch, channel, space, space]),
    data: z.strictObject({ type: z.literal("float32") }),
    test_tensor: file,
  });
const resource = z.strictObject({
  type: z.literal("model"),
  format_version: z.string().regex(/^0\.5\.\d+$/),
  name: z.string().regex(/^[A-Za-z0-9_+\-() ]{5,128}$/),
  description: z.string().max(1024),
  authors: z.array(z.strictObject({ name: z.string().regex(/^[^/\\]+$/) })).min(1),
  cite: z.array(z.strictObject({ text: z.string().min(1), url: z.url() })).min(1),
  license: z.enum(["CC-BY-4.0", "MIT"]),
  documentation: z.string().regex(/\.md$/),
  tags: z.array(z.string()),
  timestamp: z.iso.datetime({ offset: true }),
  inputs: z.tuple([
    tensorOf(z.strictObject({ type: z.literal("space"), id: z.enum(["x", "y"]), size: inputSize })),
  ]),
  outputs: z.tuple([
    tensorOf(
      z.strictObject({
        type: z.literal("space"),
        id: z.enum(["x", "y"]),
        size: reference,
        halo: whole.optional(),
      }),
    ),
  ]),
  weights: z.strictObject({ onnx: file.extend({ opset_version: z.literal(17) }) }),
});

type Described = z.infer<typeof resource>;

/** What the fields say of each other, and of the tensors. */
function checkTogether({ inputs: [input], outputs: [output] }: Described): void {
  expect(output.id).not.toBe(input.id);
  for (const { axes } of [input, output]) {
    const [, , first, second] = axes;
    expect([first.id, second.id]).toEqual(["y", "x"]);
  }
  for (const at of [2, 3] as const) {
    const [of, { size, halo = 0 }] = [input.axes[at], output.axes[at]];
    expect(size).toEqual({ tensor_id: input.id, axis_id: of.id });
    const least = typeof of.size === "number" ? of.size : of.size.min;
    // Tiles of the smallest size have something left when their halos are cut, which are even.
    expect(least - 2 * halo).toBeGreaterThanOrEqual(1);
    expect(halo % 2).toBe(0);
    // JDLL takes sizes for multiples of the step.
    if (typeof of.size !== "number") expect(of.size.min % of.size.step).toBe(0);
  }
}

/** How many values the tests of bioimageio.core would find wrong, with the tolerance that stands where none is said. */
const wrong = (got: ArrayLike<number>, expected: ArrayLike<number>): number =>
  Array.from(expected).filter((value, i) => Math.abs(got[i]! - value) > 1e-4 + 1e-3 * Math.abs(value)).length;

const said = { name: "Test model (tiny)", authors: ["A. Biologist", "B. Physicist"], license: "CC-BY-4.0" };
const opened = (bytes: Uint8Array) => {
  const files = unzipSync(bytes);
  const rdf = new TextDecoder().decode(files["rdf.yaml"]);
  const description = resource.parse(parse(rdf));
  checkTogether(description);
  // SnakeYAML, by which Fiji reads it, knows YAML 1.1.
  expect(parse(rdf, { version: "1.1" })).toEqual(description);
  return { files, description };
};

describe("exportBioimageModel", () => {
  it.each(methods.trained)(
    "$name: the archive is one, and its network makes of its test image its test result",
    async (method) => {
      const model = await modelOf(method);
      const { bytes } = await exportBioimageModel(model, {
        ...said,
        orientations: 1,
        ...(drawing.has(method.name) && { size: [32, 64] as const }),
      });
      const { files, description } = opened(bytes);
      const { inputs, outputs, weights, documentation } = description;
      const described = [inputs[0].test_tensor, outputs[0].test_tensor, weights.onnx];
      expect(Object.keys(files).toSorted()).toEqual(
        ["rdf.yaml", documentation, ...described.map(({ source }) => source)].toSorted(),
      );
      for (const { source, sha256 } of described) {
        expect(createHash("sha256").update(files[source]!).digest("hex")).toBe(sha256);
      }
      const [noisy, denoised] = described.slice(0, 2).map(({ source }) => readNpy(files[source]!));
      expect(denoised!.shape).toEqual(noisy!.shape);
      const result = await runOnnx(files[weights.onnx.source]!, {
        noisy: { data: noisy!.data as Float32Array, shape: noisy!.shape },
      });
      expect(relativeDifference(result.denoised!.data, denoised!.data)).toBeLessThan(1e-4);
      expect(wrong(result.denoised!.data, denoised!.data as Float32Array)).toBe(0);
      // bioimageio.core runs it on batches of one and two, as the number of images is not said.
      const twice = Float32Array.from([...noisy!.data, ...noisy!.data].map(Number));
      const two = await runOnnx(files[weights.onnx.source]!, {
        noisy: { data: twice, shape: [2, ...noisy!.shape.slice(1)] },
      });
      expect(two.denoised!.shape).toEqual([2, ...denoised!.shape.slice(1)]);
      const [, , y] = inputs[0].axes;
      if (typeof y.size !== "number") expect(y.size.step).toBe(method.geometry(model.configuration).multiple);
      expect(new TextDecoder().decode(files["README.md"])).toMatch(/^## Validation$/m);
    },
  );

  it("says of a model whose results are a mean with another method's that it is the network alone", async () => {
    const model = await modelOf(methods.trainedNamed("clidim"));
    const blend = { method: "bm3d@1", parameters: { strength: 1 }, weight: 0.25, pages: 2, error: 0.98 };
    const options = { ...said, orientations: 1 } as const;
    const { bytes, without } = await exportBioimageModel({ ...model, blend }, options);
    const { files, description } = opened(bytes);
    expect(without).toMatch(/^The file holds the network alone: .* 0\.25 times those of bm3d@1/);
    expect(new TextDecoder().decode(files[description.documentation])).toContain(without);
  });

  it("says what it was told, and takes the middle of a sample", async () => {
    const model = await modelOf(methods.trainedNamed("care"));
    const plane: Plane = {
      width: 200,
      height: 150,
      data: noise(200 * 150).map((value) => 400 + 300 * value),
    };
    const timestamp = new Date("2026-01-02T03:04:05Z");
    // A word that YAML 1.1 takes for a truth value.
    const authors = ["No", ...said.authors];
    const options = { ...said, authors, description: "For actin.", sample: [plane], timestamp };
    const { bytes } = await exportBioimageModel(model, options);
    const { files, description } = opened(bytes);
    expect(description).toMatchObject({
      name: said.name,
      authors: authors.map((name) => ({ name })),
      license: said.license,
      description: "For actin.",
      timestamp: "2026-01-02T03:04:05.000Z",
    });
    const { shape, data } = readNpy(files["noisy.npy"]!);
    expect(shape).toEqual([1, 1, 128, 128]);
    expect(data[0]).toBe(plane.data[11 * 200 + 36]);
    expect(data.at(-1)).toBe(plane.data[138 * 200 + 163]);
    expect((await exportBioimageModel(model, options)).bytes).toEqual(bytes);
  });

  it("makes names that the format takes of others", () => {
    for (const name of ["", "abc", "Zellkerne, gefärbt", "Actin [30 ms]", "a".repeat(200)]) {
      expect(zooNames.has(name), name).toBe(false);
      expect(zooNames.has(zooNames.from(name)), name).toBe(true);
    }
    expect(zooNames.from("Actin (spinning disk)_2")).toBe("Actin (spinning disk)_2");
  });

  it("refuses words that the format does not take, samples that do not fit, and models that want more than an image", async () => {
    const model = await modelOf(methods.trainedNamed("clidim"));
    const refused = (changes: object) => exportBioimageModel(model, { ...said, ...changes });
    await expect(refused({ name: "a/b and more" })).rejects.toThrow(
      /name is "a\/b and more"; .* 5 to 128 letters without accents, digits/,
    );
    await expect(refused({ name: "abc" })).rejects.toThrow(/5 to 128/);
    await expect(refused({ name: "Zellkerne, gefärbt" })).rejects.toThrow(/letters without accents/);
    await expect(refused({ name: "Actin [30 ms]" })).rejects.toThrow(/round brackets/);
    await expect(refused({ authors: [] })).rejects.toThrow(/an author/);
    await expect(refused({ authors: ["A. Biologist", " "] })).rejects.toThrow(/an author is " "/);
    await expect(refused({ authors: ["A. Biologist/B. Physicist"] })).rejects.toThrow(
      /names without slashes, one for each author/,
    );
    await expect(refused({ description: "a".repeat(1025) })).rejects.toThrow(
      /description has 1025 characters; .* at most 1024/,
    );
    await expect(refused({ license: "do what you like" })).rejects.toThrow(/SPDX list, such as CC-BY-4\.0/);
    await expect(refused({ license: "proprietary" })).rejects.toThrow(/SPDX list, such as CC-BY-4\.0/);
    await expect(refused({ license: "mit" })).rejects.toThrow(/license is "mit"; .* such as MIT$/);
    const plane = { width: 64, height: 200, data: new Float32Array(64 * 200) };
    await expect(refused({ sample: [plane] })).rejects.toThrow(
      /sample has 64 x 200 pixels; .* has 128 x 128/,
    );
    await expect(refused({ sample: [plane, plane] })).rejects.toThrow(
      /sample has 2 pages; this model sees 1 at once/,
    );
    const told = await modelOf(methods.trainedNamed("clidim"), { noiseLevelMap: true });
    await expect(exportBioimageModel(told, said)).rejects.toThrow(
      /clidim with noiseLevelMap.* export it as ONNX/,
    );
  });
});
