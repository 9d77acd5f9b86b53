import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportModel, type Model } from "@clidim/denoise";
import { denoiseFiles } from "@clidim/denoise/node";
import { exportBioimageModel, exportDenoiser } from "@clidim/export";
import { denormalize, InputError, normalize, simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { importDenoiser } from "@clidim/import";
import { methods } from "@clidim/methods";
import { input, type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { zipArchive } from "@clidim/testing/zipArchive";
import { unzipSync, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { modelOf } from "../export/modelOf.js";
import { relativeDifference } from "../export/runOnnx.js";
import { type Before, type OneNode, onnxOf, type Stored } from "./onnxOf.js";

const said = { name: "Test model (tiny)", authors: ["A. Biologist"], license: "CC-BY-4.0" };
const applied = ({ method, configuration, variables }: Model, x: Tensor): Float64Array =>
  interpret([method.apply(configuration)(variables, x)])[0]!;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clidim-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("importDenoiser on what this program exports", () => {
  const [scene] = simulateScenes({ seed: 4, size: 64, scenes: 1, frames: 1 });
  const grey = Float32Array.from(scene!.noisy[0]!.data).subarray(0, 24 * 64);

  it.each(["clidim", "care", "noise2void"])("%s: gives the pixels of the model", async (name) => {
    const model = await modelOf(methods.trainedNamed(name));
    const { gain, offset } = model.fluxCalibration;
    const shape = [1, 24, 64, 1];
    const network = model.method.apply(model.configuration)(
      model.variables,
      tensor(normalize(grey, model.normalization), { shape }),
    );
    const values = interpret([network])[0]!.map((value) => gain * value + offset);
    const { bytes } = await exportDenoiser(model, { orientations: 1 });
    const imported = await importDenoiser(bytes, "model.onnx");
    const found = applied(imported, tensor(grey, { shape }));
    expect(relativeDifference(found, denormalize(values, model.normalization))).toBeLessThan(1e-5);
  });

  it("denoises files as the model does, from an archive of the Model Zoo", async () => {
    const model = await modelOf(methods.trainedNamed("care"));
    const [wide] = simulateScenes({ seed: 5, size: 150, scenes: 1, frames: 1 });
    const at = (name: string): string => join(folder, name);
    await writeImageFile(at("cells.tif"), [
      { ...wide!.clean, data: Float32Array.from(wide!.noisy[0]!.data) },
    ]);
    await writeFile(at("own.safetensors"), await exportModel(model.variables, { ...model, provenance: {} }));
    await writeFile(at("foreign.zip"), (await exportBioimageModel(model, said)).bytes);
    const results: Float32Array[] = [];
    for (const name of ["own.safetensors", "foreign.zip"]) {
      await denoiseFiles({
        methods,
        model: at(name),
        foreign: async (bytes, file) => (file.endsWith(".zip") ? importDenoiser(bytes, file) : undefined),
        files: [at("cells.tif")],
        out: at(`by-${name}`),
      });
      results.push(Float32Array.from((await readStack(join(at(`by-${name}`), "cells.tif"))).pages[0]!.data));
    }
    expect(relativeDifference(results[1]!, results[0]!)).toBeLessThan(1e-4);
  });
});

interface Described {
  readonly version?: string;
  readonly onnx: Uint8Array;
  readonly input: object;
  readonly output?: object;
  readonly weights?: object;
}

/** An archive as other programs write them. */
const archiveOf = ({ version = "0.4.9", onnx, input, output = {}, weights }: Described): Uint8Array =>
  zipSync({
    "rdf.yaml": new TextEncoder().encode(
      stringify({
        ...{ type: "model", format_version: version, name: "Foreign" },
        inputs: [{ name: "raw", ...input }],
        outputs: [{ name: "out", axes: "bcyx", ...output }],
        weights: weights ?? { onnx: { source: "weights.onnx" } },
      }),
    ),
    "weights.onnx": onnx,
  });

const one = (node: Partial<OneNode> & Pick<OneNode, "op" | "inputs">): Uint8Array =>
  onnxOf({ opset: 17, attributes: {}, outputs: ["out0"], ...node });
/** An extent that a file leaves open. */
const ANY = -1;
const images = { axes: "bcyx", shape: { min: [1, 1, 1, 1], step: [0, 0, 1, 1] } };

describe("importDenoiser on archives of others", () => {
  it("gives PyTorch's results through the preprocessing of format 0.4, and takes them back to grey values", async () => {
    const references = JSON.parse(readFileSync(new URL("models.json", import.meta.url), "utf8")) as Record<
      string,
      {
        readonly input: { readonly data: readonly number[] };
        readonly outputs: Readonly<Record<string, { readonly data: readonly number[] }>>;
      }
    >;
    const { input, outputs } = references["unet-open"]!;
    const fixed = { mode: "fixed", mean: [500], std: [200], axes: "xy" };
    const model = await importDenoiser(
      archiveOf({
        onnx: readFileSync(new URL("unet-open.onnx", import.meta.url)),
        input: { ...images, preprocessing: [{ name: "zero_mean_unit_variance", kwargs: fixed }] },
      }),
      "foreign.zip",
    );
    expect(model).toMatchObject({ normalizes: "within", method: { title: "Foreign" } });
    const toGrey = (values: readonly number[]): Float32Array =>
      Float32Array.from(values, (value) => 500 + 200 * value);
    const found = applied(model, tensor(toGrey(input.data), { shape: [2, 17, 29, 1] }));
    expect(relativeDifference(found, toGrey(outputs.y0!.data))).toBeLessThan(1e-5);
  });

  it("takes other orders of axes, sizes that it pads to, and steps that are fitted to the image", async () => {
    // Along its first axis, which is x, the network adds up: each column shows those before it.
    const onnx = one({ op: "CumSum", inputs: [[5, 3, 1], { type: "i64", shape: [], data: [0] }] });
    const axes = [
      { type: "space", id: "x", size: 5 },
      { type: "space", id: "y", size: 3 },
      { type: "channel", channel_names: ["signal"] },
    ];
    const model = await importDenoiser(
      archiveOf({
        ...{ version: "0.5.3", onnx },
        input: {
          axes,
          preprocessing: [
            { id: "scale_range", kwargs: { min_percentile: 5, max_percentile: 95 } },
            { id: "clip", kwargs: { min: 0, max: 0.5 } },
            { id: "scale_linear", kwargs: { gain: [2], offset: 1 } },
          ],
        },
        output: { axes },
      }),
      "foreign.zip",
    );
    expect(model.normalizes).toBe("each image");
    expect(model.configuration.normalization).toEqual({ mode: "percentile", low: 5, high: 95, bound: 0.5 });
    expect(model.method.geometry(model.configuration)).toMatchObject({ multiple: 3, largest: 3 });
    // Rows of 2 of 3 and columns of 4 of 5; what is mirrored comes behind. In values of scale_range these are 0, 0.25, 0.5 and 1, which is clipped.
    const row = [-0.5, -0.25, 0, 0.5];
    const found = applied(model, tensor([...row, ...row], { shape: [1, 2, 4, 1] }));
    const summed = [1, 2.5, 4.5, 6.5].map((value) => (value - 1) / 2 - 0.5);
    expect([...found].map((value) => Number(value.toFixed(6)))).toEqual([...summed, ...summed]);
  });

  const relu = one({ op: "Relu", inputs: [[1, 1, ANY, ANY]] });
  /** Axes of format 0.5 with pixels of such a size. */
  const ofScale = (scale?: number) => ({
    axes: [
      { type: "batch" },
      { type: "channel", channel_names: ["signal"] },
      ...["y", "x"].map((id) => ({ type: "space", id, size: { min: 1, step: 1 }, ...(scale && { scale }) })),
    ],
  });
  it("takes results whose pixels are as large as the image's, of any size, and leaves what else is in an archive packed", async () => {
    const half = ofScale(0.5);
    const files = unzipSync(archiveOf({ version: "0.5.3", onnx: relu, input: half, output: half }));
    const archive = zipArchive([
      ...Object.entries(files).map(([name, data]) => ({ name, data })),
      { name: "sample.npy", data: Uint8Array.of(1), method: 99 },
    ]);
    expect((await importDenoiser(archive, "a.zip")).method.title).toBe("Foreign");
  });

  it("takes the other ways in which format 0.5 says a size, an axis, a step and the name of its file", async () => {
    const channel = { type: "channel", channel_names: ["signal"] };
    const input = {
      id: "raw",
      axes: [
        { type: "batch" },
        channel,
        { type: "space", id: "z", size: 1 },
        { type: "space", id: "y", size: 12, scale: 2 },
        { type: "space", size: { tensor_id: "raw", axis_id: "y", offset: -8 }, scale: 1.5 },
      ],
      preprocessing: [
        { id: "zero_mean_unit_variance", kwargs: { axes: ["batch", "channel", "z", "y", "x"] } },
        { id: "clip", kwargs: { min: null, max: 3 } },
      ],
    };
    const axes = [
      { type: "batch" },
      channel,
      { type: "space", id: "z", size: { tensor_id: "raw", axis_id: "z" } },
      { type: "space", id: "y", size: { tensor_id: "raw", axis_id: "y" }, scale: 2, halo: 2 },
      { type: "space", size: { tensor_id: "raw", axis_id: "x", offset: 0 }, scale: 1.5 },
    ];
    const volume = one({ op: "Relu", inputs: [[1, 1, 1, 12, 8]] });
    const { "rdf.yaml": description, ...files } = unzipSync(
      archiveOf({ version: "0.5.7", onnx: volume, input, output: { id: "out", axes } }),
    );
    const archive = zipSync({ ...files, "cells.bioimageio.yaml": description! });
    const { method, configuration, normalizes } = await importDenoiser(archive, "a.zip");
    expect(method.geometry(configuration)).toMatchObject({ multiple: 8, largest: 8 });
    expect(normalizes).toBe("each image");
  });

  it("takes mean and deviation of format 0.4 for fixed where no mode is said, as the format does", async () => {
    const kwargs = { mean: 500, std: 200, axes: "xy" };
    const input = { ...images, preprocessing: [{ name: "zero_mean_unit_variance", kwargs }] };
    expect((await importDenoiser(archiveOf({ onnx: relu, input }), "a.zip")).normalizes).toBe("within");
  });

  /** An archive with a file that is small in it alone. */
  const bombOf = (bomb: string): Uint8Array => {
    const files = {
      ...unzipSync(archiveOf({ onnx: relu, input: images })),
      [bomb]: new Uint8Array(2 ** 26 + 1),
    };
    return zipSync(files);
  };
  const steps = (place: "preprocessing" | "postprocessing", ...list: readonly object[]) => ({
    [place]: list,
  });
  it.each<[string, Uint8Array, RegExp]>([
    ["no archive", Uint8Array.of(0x50, 0x4b, 3, 4, 5), /^a\.zip: cannot be unpacked: /],
    ["an archive of something else", zipSync({ "a.txt": Uint8Array.of(1) }), /got one without rdf\.yaml/],
    [
      "a description that holds itself",
      zipSync({ "rdf.yaml": new TextEncoder().encode("inputs: &a [*a]") }),
      /^a\.zip: rdf\.yaml: not YAML: an alias \(\*\) stands within what it refers to/,
    ],
    [
      "an operator that is not known",
      archiveOf({ onnx: one({ op: "NonMaxSuppression", inputs: [[1]] }), input: images }),
      /operations that are not known: NonMaxSuppression;/,
    ],
    [
      "probabilities",
      archiveOf({ onnx: relu, input: images, output: steps("postprocessing", { name: "sigmoid" }) }),
      /a\.zip: postprocessing sigmoid is not done: it makes probabilities of what the network gives/,
    ],
    [
      "masks",
      archiveOf({
        onnx: relu,
        input: images,
        output: steps("postprocessing", { name: "binarize", kwargs: { threshold: 0.5 } }),
      }),
      /postprocessing binarize is not done: it makes a mask/,
    ],
    [
      "steps that nobody knows",
      archiveOf({ onnx: relu, input: { ...images, ...steps("preprocessing", { name: "sharpen" }) } }),
      /preprocessing sharpen is not done: it is not known/,
    ],
    [
      "bounds that are percentiles",
      archiveOf({
        ...{ version: "0.5.7", onnx: relu, output: ofScale() },
        input: { ...ofScale(), ...steps("preprocessing", { id: "clip", kwargs: { max_percentile: 99 } }) },
      }),
      /preprocessing clip is not done: its bounds are percentiles of the image/,
    ],
    [
      "statistics of each row",
      archiveOf({
        ...{ version: "0.5.7", onnx: relu, output: ofScale() },
        input: {
          ...ofScale(),
          ...steps("preprocessing", { id: "scale_range", kwargs: { axes: ["x"] } }),
        },
      }),
      /preprocessing scale_range is not done: it goes by each row or column for itself/,
    ],
    [
      "sizes that go with each other",
      archiveOf({
        ...{ version: "0.5.3", onnx: relu, output: ofScale() },
        input: {
          id: "raw",
          axes: ofScale().axes.map((axis) =>
            "id" in axis && axis.id === "x" ? { ...axis, size: { tensor_id: "raw", axis_id: "y" } } : axis,
          ),
        },
      }),
      /the size of an axis of raw is \{"tensor_id":"raw","axis_id":"y"\}, expected a number, min and step, or a reference/,
    ],
    [
      "results of several channels",
      archiveOf({
        ...{ version: "0.5.3", onnx: relu, input: ofScale() },
        output: {
          id: "out",
          axes: ofScale().axes.map((axis) => ({
            ...axis,
            ...(axis.type === "channel" && { channel_names: ["mean", "sigma"] }),
          })),
        },
      }),
      /out has 2 channels, expected an image of one/,
    ],
    [
      "grey values that nobody knows",
      archiveOf({
        onnx: relu,
        input: { ...images, ...steps("preprocessing", { name: "zero_mean_unit_variance" }) },
        output: steps("postprocessing", { name: "scale_linear", kwargs: { gain: 2 } }),
      }),
      /so that it is not known which grey values results have/,
    ],
    [
      "volumes",
      archiveOf({ onnx: relu, input: { axes: "bczyx", shape: [1, 1, 8, 64, 64] } }),
      /raw has the axes batch, channel, z, y, x; known are .* and z of extent 1/,
    ],
    [
      "results of another size",
      archiveOf({
        onnx: relu,
        input: images,
        output: { shape: { reference_tensor: "raw", scale: [1, 1, 2, 2], offset: [0, 0, 0, 0] } },
      }),
      /results are magnified or reduced/,
    ],
    [
      "weights of another format",
      archiveOf({ onnx: relu, input: images, weights: { torchscript: { source: "weights.pt" } } }),
      /has weights for torchscript, of which none is ONNX/,
    ],
    [
      "weights that are damaged",
      archiveOf({
        onnx: relu,
        input: images,
        weights: { onnx: { source: "weights.onnx", sha256: "0".repeat(64) } },
      }),
      /weights\.onnx is damaged: its SHA-256 is /,
    ],
    [
      "another format",
      archiveOf({ version: "0.3.6", onnx: relu, input: images }),
      /is of format 0\.3\.6, known are 0\.4 and 0\.5/,
    ],
    [
      "results of more pixels, format 0.5",
      archiveOf({ version: "0.5.3", onnx: relu, input: ofScale(), output: ofScale(0.5) }),
      /results are magnified or reduced/,
    ],
    [
      "results of fewer pixels, format 0.5",
      archiveOf({ version: "0.5.3", onnx: relu, input: ofScale(), output: ofScale(2) }),
      /results are magnified or reduced/,
    ],
    [
      "a description that fills memory",
      bombOf("rdf.yaml"),
      /^a\.zip is not unpacked: its file "rdf\.yaml" would become 67108865 bytes, expected at most 67108864 in an archive of \d+$/,
    ],
    [
      "weights that fill memory",
      bombOf("weights.onnx"),
      /its file "weights\.onnx" would become 67108865 bytes/,
    ],
    ["what is no archive", Uint8Array.of(106, 117, 110, 107), /^a\.zip: expected an archive of the BioImage/],
  ])("refuses %s", async (_, bytes, message) => {
    await expect(importDenoiser(bytes, "a.zip")).rejects.toThrow(message);
  });

  it("refuses a network of more than one image", async () => {
    const image = [1, 1, 4, 4];
    const network = one({ op: "Add", inputs: [image, image] });
    await expect(importDenoiser(network, "a.onnx")).rejects.toThrow(
      /expected a network of one image, got one with 2 inputs \(in0, in1\)/,
    );
  });
});

describe("importDenoiser on single files of others", () => {
  it("refuses results of more pixels, of which it would show a part", async () => {
    const sizes: Stored = { type: "i64", data: [1, 1, 8, 12] };
    const onnx = one({ op: "Resize", inputs: [[1, 1, 4, 6], undefined, undefined, sizes] });
    const refused = expect(importDenoiser(onnx, "twice.onnx")).rejects;
    await refused.toThrow(/^twice\.onnx: makes 12 x 8 pixels of 6 x 4; a denoiser gives as many as it takes/);
    await refused.toThrow(expect.objectContaining({ keys: ["model"] }));
  });

  const open = [1, 1, ANY, ANY];
  it.each<[string, Pick<OneNode, "op" | "inputs"> & Partial<OneNode>, RegExp]>([
    [
      "colours",
      { op: "Relu", inputs: [[1, 3, ANY, ANY]] },
      /its result is f32 \[1,3,256,256\] of the axes bcyx, with 3 channels, expected one$/,
    ],
    [
      "labels",
      { op: "ArgMax", inputs: [[1, 2, ANY, ANY]], attributes: { axis: 1 } },
      /its result is i32 \[1,1,256,256\], labels or a mask; a denoiser gives grey values/,
    ],
    [
      "masks",
      { op: "Greater", inputs: [open, { type: "f32", shape: [], data: [0] }] },
      /its result is bool \[1,1,256,256\], labels or a mask/,
    ],
    [
      "results without the axis of channels",
      { op: "Squeeze", inputs: [open, { type: "i64", data: [1] }] },
      /its result is f32 \[1,256,256\], expected an image of the axes bcyx$/,
    ],
    [
      "attributes that are not known",
      {
        op: "Resize",
        inputs: [open, undefined, { type: "f32", data: [1, 1, 1, 1] }],
        attributes: { coordinate_transformation_mode: "tf_crop_and_resize" },
      },
      /importOnnx: Resize \(Resize 0\): coordinate_transformation_mode is "tf_crop_and_resize", known are /,
    ],
    [
      "sizes that do not fit each other",
      {
        op: "Concat",
        inputs: [open, { type: "f32", shape: [1, 1, 2, 2], data: [1, 2, 3, 4] }],
        attributes: { axis: 1 },
      },
      /concat: /,
    ],
  ])("refuses %s when the file is read", async (_, node, message) => {
    const error: unknown = await importDenoiser(one(node), "net.onnx").catch((reason) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(/^net\.onnx: cannot be applied to an image \[1,\d,256,256\]: /);
    expect((error as Error).message).toMatch(message);
  });

  it("says which size a network does not take, where it takes others", async () => {
    // A quarter of the size, rounded down, and back.
    const quarter: Before = {
      op: "MaxPool",
      inputs: ["in0"],
      attributes: { kernel_shape: [4, 4], strides: [4, 4] },
    };
    const scales: Stored = { type: "f32", data: [1, 1, 4, 4] };
    const none: Stored = { type: "f32", data: [] };
    const whole: Before = { op: "Resize", inputs: [quarter, none, scales] };
    const model = await importDenoiser(one({ op: "Sub", inputs: [open, whole] }), "quarter.onnx");
    const made = (side: number) => () =>
      model.method.apply(model.configuration)(model.variables, input([1, side, side, 1], "f32"));
    expect(made(64)().shape).toEqual([1, 64, 64, 1]);
    expect(made(66)).toThrow(InputError);
    expect(made(66)).toThrow(/^quarter\.onnx: cannot be applied to an image \[1,1,66,66\]: /);
  });

  it.each([
    ["rows, columns, channels", [1, 32, 16, 1], 3, 1, 16],
    ["rows, columns, three channels", [1, 32, 32, 3], 3, 3, 32],
    ["channels, rows, columns", [1, 3, 32, 16], 1, 3, 16],
    ["one channel of small images", [1, 1, 4, 4], 1, 1, 4],
  ])("finds %s in a fixed shape", async (_, shape, axis, channels, largest) => {
    const onnx = one({ op: "ReduceMean", inputs: [shape], attributes: { axes: [axis] } });
    const { method, configuration } = await importDenoiser(onnx, "a.onnx");
    expect(configuration.frames ?? 1).toBe(channels);
    expect(method.geometry(configuration)).toMatchObject({ multiple: largest, largest });
  });
});
