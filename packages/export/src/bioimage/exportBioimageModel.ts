import { InputError, type Plane, simulateScenes } from "@clidim/imaging";
import { type Tensor, tensor, writeNpy } from "@clidim/tensor";
import { zipSync } from "fflate";
import { stringify } from "yaml";
import {
  type DenoiserFunctionOptions,
  type DenoisingModel,
  denoiserFunction,
} from "../denoiser/denoiserFunction.js";
import { type ExportedDenoiser, exportDenoiser } from "../denoiser/exportDenoiser.js";
import { OPSET } from "../onnx/exportOnnx.js";
import {
  allowedAuthor,
  type FileDescription,
  LONGEST_DESCRIPTION,
  type ResourceDescription,
  type SideLength,
} from "./resourceDescription.js";
import { spdxIdentifiers } from "./spdxIdentifiers.js";
import { zooNames } from "./zooNames.js";

export interface BioimageModelOptions extends DenoiserFunctionOptions {
  /** Of the model, one that `zooNames` has. */
  readonly name: string;
  /** Names, without slashes. */
  readonly authors: readonly string[];
  /** An identifier of the SPDX list, such as "CC-BY-4.0" or "MIT". */
  readonly license: string;
  /** What the model is for, in a sentence or two, at most 1024 characters. Default: what the method is. */
  readonly description?: string;
  /** Captures of a scene, as many as the model sees at once, whose middle becomes the test image. Default: a simulated scene in the range of the model's training images. */
  readonly sample?: readonly Plane[];
  /** Default: now. */
  readonly timestamp?: Date;
  /** Version of what asks for it. */
  readonly producer?: string;
}

/** Sides of the test image are at least this, and the smallest that tiles may have. */
const SMALLEST = 128;

/** Why a model that can be exported as ONNX can be no archive of the BioImage Model Zoo, in a sentence; undefined where it can. */
export const whyNoBioimageModel = ({
  method,
  configuration,
}: Pick<DenoisingModel, "method" | "configuration">): string | undefined =>
  configuration.noiseLevelMap
    ? `this model (${method.name} with noiseLevelMap) is told the noise of each image, which archives of the BioImage Model Zoo have no place for; export it as ONNX`
    : undefined;

/**
 * A model as an archive of the BioImage Model Zoo (format 0.5): rdf.yaml, the network as ONNX (see `exportDenoiser`), a test image and what the model makes of it as .npy, and a page about it. What reads such archives
 * - ilastik, deepImageJ and others - takes it from there. The test result is computed by this library, with the default executor.
 *
 * Throws an `InputError` where a name, licence or description is none that the format allows, where a sample is too small or has another number of captures than the model sees, and for models that are to be told the noise of each image, which the format
 * has no place for.
 */
export async function exportBioimageModel(
  model: DenoisingModel,
  options: BioimageModelOptions,
): Promise<ExportedDenoiser> {
  const { method, configuration, variables } = model;
  checkWords(options);
  const refused = whyNoBioimageModel(model);
  if (refused !== undefined) throw new InputError(refused);
  const denoiser = denoiserFunction(model, options);
  const { bytes: network, ...exported } = await exportDenoiser(model, options);
  const smallest = Math.ceil(SMALLEST / denoiser.multiple) * denoiser.multiple;
  const [height, width] = options.size ?? [smallest, smallest];
  const noisy = testImage(model, options.sample, height, width);
  const denoised = denoiser.apply(variables, noisy);
  const files: Record<string, Uint8Array> = {
    "model.onnx": network,
    "noisy.npy": await npy(noisy),
    "denoised.npy": await npy(denoised),
    "README.md": new TextEncoder().encode(documentation(model, options, denoiser.multiple, exported)),
  };
  const file = async (source: string): Promise<FileDescription> => ({
    source,
    sha256: await sha256(files[source]!),
  });
  const side = (i: 0 | 1): SideLength => options.size?.[i] ?? { min: smallest, step: denoiser.multiple };
  const frames = configuration.frames ?? 1;
  // As `denoise` does, tiles overlap by a quarter of the smallest.
  const halo = options.size ? {} : { halo: smallest / 4 };
  const description: ResourceDescription = {
    type: "model",
    format_version: "0.5.3",
    name: options.name,
    description: options.description ?? method.summary,
    authors: options.authors.map((name) => ({ name })),
    cite: method.guide.source ? [method.guide.source] : [],
    license: options.license,
    documentation: "README.md",
    tags: ["denoising", "image-restoration", "microscopy", "2d", method.name],
    timestamp: (options.timestamp ?? new Date()).toISOString(),
    inputs: [
      {
        id: "noisy",
        description:
          frames === 1
            ? "Noisy image in grey values."
            : `${frames} noisy captures of a scene in grey values.`,
        axes: [
          { type: "batch" },
          {
            type: "channel",
            channel_names: Array.from({ length: frames }, (_, i) => (frames === 1 ? "noisy" : `capture${i}`)),
          },
          { type: "space", id: "y", size: side(0) },
          { type: "space", id: "x", size: side(1) },
        ],
        data: { type: "float32" },
        test_tensor: await file("noisy.npy"),
      },
    ],
    outputs: [
      {
        id: "denoised",
        description: "Denoised image in grey values.",
        axes: [
          { type: "batch" },
          { type: "channel", channel_names: ["denoised"] },
          { type: "space", id: "y", size: { tensor_id: "noisy", axis_id: "y" }, ...halo },
          { type: "space", id: "x", size: { tensor_id: "noisy", axis_id: "x" }, ...halo },
        ],
        data: { type: "float32" },
        test_tensor: await file("denoised.npy"),
      },
    ],
    weights: { onnx: { ...(await file("model.onnx")), opset_version: OPSET } },
  };
  // Readers of YAML 1.1 (SnakeYAML, PyYAML) take words such as No and timestamps for values that are no strings, unless these are quoted.
  const rdf = new TextEncoder().encode(stringify(description, { lineWidth: 0, compat: "yaml-1.1" }));
  const archived = { "rdf.yaml": rdf, ...files };
  return { ...exported, bytes: zipSync(archived, { level: 6, mtime: options.timestamp ?? new Date() }) };
}

function checkWords({ name, authors, license, description = "" }: BioimageModelOptions): void {
  if (!zooNames.has(name)) {
    throw new InputError(
      `name is ${JSON.stringify(name)}; the BioImage Model Zoo takes ${zooNames.allowed}`,
      { keys: ["name"] },
    );
  }
  if (authors.length === 0) {
    throw new InputError("the BioImage Model Zoo wants the name of an author at least", { keys: ["author"] });
  }
  const author = authors.find((each) => !allowedAuthor.test(each));
  if (author !== undefined) {
    throw new InputError(
      `an author is ${JSON.stringify(author)}; the BioImage Model Zoo takes names without slashes, one for each author`,
      { keys: ["author"] },
    );
  }
  if (!spdxIdentifiers.has(license)) {
    const meant = [...spdxIdentifiers].find((known) => known.toLowerCase() === license.toLowerCase());
    throw new InputError(
      `license is ${JSON.stringify(license)}; expected an identifier of the SPDX list, such as ${meant ?? "CC-BY-4.0 or MIT"}`,
      { keys: ["license"] },
    );
  }
  if (description.length > LONGEST_DESCRIPTION) {
    throw new InputError(
      `description has ${description.length} characters; the BioImage Model Zoo takes at most ${LONGEST_DESCRIPTION}`,
      { keys: ["description"] },
    );
  }
}

/** f32 [1, frames, height, width]: the middle of the sample, or a simulated scene. */
function testImage(
  { configuration: { frames = 1 }, normalization }: DenoisingModel,
  sample: readonly Plane[] | undefined,
  height: number,
  width: number,
): Tensor {
  const planes = sample ?? simulated(normalization, Math.max(height, width), frames);
  if (planes.length !== frames) {
    throw new InputError(
      `sample has ${planes.length} ${planes.length === 1 ? "page" : "pages"}; this model sees ${frames} at once`,
      { keys: ["sample"] },
    );
  }
  const data = new Float32Array(frames * height * width);
  planes.forEach((plane, frame) => {
    const [top, left] = [(plane.height - height) >> 1, (plane.width - width) >> 1];
    if (top < 0 || left < 0) {
      throw new InputError(
        `sample has ${plane.width} x ${plane.height} pixels; the test image of this model has ${width} x ${height}`,
        { keys: ["sample"] },
      );
    }
    for (let y = 0; y < height; y++) {
      const to = (frame * height + y) * width;
      const from = (top + y) * plane.width + left;
      for (let x = 0; x < width; x++) data[to + x] = plane.data[from + x]!;
    }
  });
  return tensor(data, { shape: [1, frames, height, width] });
}

/** Captures whose darkest and brightest pixels have the grey values that the model's normalisation maps to the ends of its range. */
function simulated(
  { low, high }: DenoisingModel["normalization"],
  size: number,
  frames: number,
): readonly Plane[] {
  const [scene] = simulateScenes({ size, scenes: 1, frames });
  const values = scene!.noisy.flatMap(({ data }) => [...data]);
  const [darkest, brightest] = values.reduce(
    ([least, most], value) => [Math.min(least!, value), Math.max(most!, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const scale = (high - low) / (brightest! - darkest! || 1);
  return scene!.noisy.map(({ data, ...plane }) => ({
    ...plane,
    data: Float32Array.from(data, (value) => low + scale * (value - darkest!)),
  }));
}

async function npy(image: Tensor): Promise<Uint8Array> {
  const data = Float32Array.from(await image.data());
  return writeNpy({ shape: image.shape, dtype: "f32", data });
}

async function sha256(bytes: Uint8Array): Promise<string> {
  // The bytes are in memory of this process alone.
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function documentation(
  { method }: DenoisingModel,
  { name, description, sample }: BioimageModelOptions,
  multiple: number,
  { orientations, without }: Pick<ExportedDenoiser, "orientations" | "without">,
): string {
  const { source, when, cannot } = method.guide;
  return `# ${name}

${description ?? method.summary}

The method is ${method.title}${source ? ` (${source.text}, ${source.url})` : ""}. It is meant for images where ${when}. It cannot ${cannot}.

The network takes and gives grey values: the normalisation of its training images is in it${orientations === 1 ? "" : `, and the mean over ${orientations === 8 ? "eight" : "four"} orientations`}. Give it images of the microscope and settings that it was trained for. Sides are multiples of ${multiple} pixels.${without === undefined ? "" : ` ${without}`}

## Validation

Before you measure anything in denoised images, look at the difference between the noisy and the denoised image: what is seen in it of the sample's structure is missing from the result. Compare with clean images of your own where you have them, by PSNR and SSIM.
The test image is ${sample ? "a part of an image of the author's" : "simulated"}, and its result was computed by the library that trained the network, not by this file.
`;
}
