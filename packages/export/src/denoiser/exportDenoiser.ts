import type { Orientations } from "@clidim/denoise";
import { InputError } from "@clidim/imaging";
import { exportOnnx } from "../onnx/exportOnnx.js";
import { OpenSizeError } from "../onnx/openSizeError.js";
import { type DenoiserFunctionOptions, type DenoisingModel, denoiserFunction } from "./denoiserFunction.js";

/** A model as a file of another format. */
export interface ExportedDenoiser {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Height and width of the images that it takes: numbers, or multiples of one. */
  readonly size: readonly [height: number, width: number] | { readonly multiple: number };
  readonly orientations: Orientations;
  /** What the model's results have and the file has not, in sentences, where there is such a thing. */
  readonly without?: string;
}

/**
 * A model as an ONNX file (opset 17): `noisy`, f32 [batch, frames, height, width] in grey values, to `denoised`, f32 [batch, 1, height, width] in grey values, with normalisation, orientations and the calibration of the brightness in the file. It is what
 * `denoise` makes of a page that goes through the network at once; sides are multiples of what the network needs, and larger images are for the program that runs it to cut. `producer` is the version of what
 * asks for it. Where results of the model are a mean with those of a method without training, the file holds the network alone, and says so.
 *
 * Throws an `InputError` where a size is not such a multiple, and for models that draw random numbers where no size is given: the file then has those that were drawn for it.
 */
export async function exportDenoiser(
  model: DenoisingModel,
  { producer, ...options }: DenoiserFunctionOptions & { readonly producer?: string } = {},
): Promise<ExportedDenoiser> {
  const { method } = model;
  const { apply, inputs, multiple, orientations } = denoiserFunction(model, options);
  const { size } = options;
  const wrong = size?.find((side) => !(side >= multiple && side % multiple === 0));
  if (wrong !== undefined) {
    throw new InputError(
      `size is ${wrong}; sides of what this model takes are multiples of ${multiple}, such as ${Math.max(1, Math.ceil(wrong / multiple)) * multiple}`,
      { keys: ["size"] },
    );
  }
  const words = size
    ? `images of ${size[1]} x ${size[0]} pixels`
    : `images with sides that are multiples of ${multiple}`;
  const without = withoutBlend(model);
  const bytes = await forOneSize(method.name, () =>
    exportOnnx(apply, {
      parameters: model.variables,
      inputs,
      outputs: ["denoised"],
      name: method.name,
      documentation: `${method.title}: ${method.summary} Takes ${words} in grey values and returns them denoised, in grey values.${without === undefined ? "" : ` ${without}`}`,
      metadata: {
        method: `${method.name}@${method.version}`,
        multiple: String(multiple),
        orientations: String(orientations),
        normalization: JSON.stringify(model.normalization),
      },
      ...(producer !== undefined && { producer: { name: "clidim", version: producer } }),
    }),
  );
  return {
    ...{ bytes, size: size ?? { multiple }, orientations },
    ...(without !== undefined && { without }),
  };
}

/** What is said of a model whose results are not the network's alone. */
export function withoutBlend({ blend }: Pick<DenoisingModel, "blend">): string | undefined {
  if (!blend || blend.weight === 0) return undefined;
  const [network, other] = [1 - blend.weight, blend.weight].map((weight) => weight.toFixed(2));
  return `The file holds the network alone: results of clidim denoise are ${network} times the network's plus ${other} times those of ${blend.method}, which needs no training and is not in the file.`;
}

/** Asks for a size where a model cannot be exported without one. */
async function forOneSize<T>(method: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof OpenSizeError)) throw error;
    const reason = error.message.replace(/^exportOnnx: /, "").replace(/; export for one size$/, "");
    throw new InputError(
      `this model (${method}) cannot be exported for images of all sizes, as ${reason}; say of which`,
      {
        keys: ["size"],
        cause: error,
      },
    );
  }
}
