import { type Model, normalizationSchema, type RunConfiguration } from "@clidim/denoise";
import { InputError, type Normalization } from "@clidim/imaging";
import { input } from "@clidim/tensor";
import { importOnnx } from "../onnx/importOnnx.js";
import { readOnnx } from "../onnx/readOnnx.js";
import { archiveDescription } from "./archiveDescription.js";
import { foreignMethod, validSide } from "./foreignMethod.js";
import type { NetworkDescription } from "./networkDescription.js";
import { onnxDescription } from "./onnxDescription.js";
import { stepsOf } from "./steps.js";

/** Grey values as they are. */
const identity: Normalization = {
  mode: "percentile",
  low: 0,
  high: 1,
  lowPercent: 0.1,
  highPercent: 99.9,
  bound: 0.5,
  centre: 0.5,
};

/**
 * A network of another program as a model that denoises: an ONNX file, or an archive of the BioImage Model Zoo (0.4 and 0.5) with ONNX weights. It takes images and gives images of the same size, in one channel; `name` is what messages call the
 * file. What the archive says is done before and after the network is done: steps that go by each image are fitted to it, and undone at the end. An `InputError` for anything else, which names the operation or step that is not known; the network is tried on an image without values for that.
 */
export async function importDenoiser(bytes: Uint8Array, name: string): Promise<Model> {
  if (/\.zip$/i.test(name) && !isZip(bytes)) {
    throw new InputError(
      `${name}: expected an archive of the BioImage Model Zoo, but it does not begin as a zip file does; it may be damaged, or the download something else: download it anew`,
    );
  }
  const description = isZip(bytes)
    ? await archiveDescription(bytes, name)
    : onnxDescription(
        within(name, () => readOnnx(bytes)),
        bytes,
        name,
      );
  const network = within(name, () => importOnnx(description.onnx));
  if (network.inputs.length !== 1 || network.outputs.length !== 1) {
    throw new InputError(
      `${name}: expected a network from one image to one image, got ${network.inputs.length} inputs and ${network.outputs.length} outputs`,
    );
  }
  const steps = stepsOf(description);
  if (steps.fitted && description.channels > 1) {
    throw new InputError(
      `${name}: takes ${description.channels} channels and normalises each by itself, which is not done; export it without its normalisation`,
    );
  }
  const model: Model = {
    method: foreignMethod(description, network, steps, name),
    configuration: configurationOf(description, steps.fitted),
    normalization: identity,
    normalizes: steps.fitted ? "each image" : "within",
    ...(!steps.fitted && trainedRange(network.metadata)),
    provenance: { producer: network.producer, opset: network.opset },
    variables: { params: network.parameters, stats: {} },
  };
  tryOut(model, description);
  return model;
}

/**
 * Sides of images that networks of open sides are tried with, or the next that they take. As large as tiles are, since some pad by mirroring many pixels; files
 * often do not say what sides have to be: a power of two where each layer halves them, one more where each gives the middle pixel to both halves.
 */
const TRIED_SIDES = [256, 257];

/** Applies a model to images that have no values: what it cannot do is told before there is work to lose. Throws what it says of the first where it takes none. */
function tryOut(
  { method, configuration, variables }: Model,
  { rows, columns, channels }: NetworkDescription,
): void {
  const apply = method.apply(configuration);
  const refusals: unknown[] = [];
  for (const length of TRIED_SIDES) {
    const sides = [rows, columns].map((side) => (side.step === 0 ? side.min : validSide(side, length)));
    try {
      apply(variables, input([1, ...sides, channels], "f32"));
      return;
    } catch (refusal) {
      refusals.push(refusal);
    }
  }
  throw refusals[0];
}

/** What files of this program say of the range that a network was trained on. */
function trainedRange({ normalization }: Readonly<Record<string, string>>): Pick<Model, "trainedRange"> {
  try {
    const { data } = normalizationSchema.safeParse(JSON.parse(normalization ?? "null"));
    return data ? { trainedRange: data } : {};
  } catch {
    return {}; // of another program
  }
}

const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b;

const configurationOf = (
  { channels, rows }: NetworkDescription,
  fitted: RunConfiguration["normalization"] | undefined,
): RunConfiguration => ({
  preset: "imported",
  crop: rows.min,
  batch: 1,
  updates: 1,
  precision: "float32",
  normalization: fitted ?? { mode: "minmax", scope: "data" },
  shots: 0,
  regions: [],
  split: "auto",
  selection: "last",
  guard: false,
  ...(channels > 1 && { frames: channels }),
  notes: [],
});

function within<T>(name: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    throw new InputError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
