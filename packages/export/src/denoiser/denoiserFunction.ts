import {
  type MethodVariables,
  type Model,
  normalizesBatches,
  type Orientations,
  orientationsOf,
} from "@clidim/denoise";
import { affineOf, InputError, type Normalization } from "@clidim/imaging";
import {
  add,
  concat,
  div,
  flip,
  maximum,
  mean,
  mul,
  slice,
  sqrt,
  sub,
  type Tensor,
  transpose,
} from "@clidim/tensor";
import type { OpenExtent } from "../onnx/extent.js";
import type { ModelInput } from "../onnx/sampledGraph.js";

/** What of a model its results come from. `blend` is not in the function, which is the network's, but is said in what is exported. */
export type DenoisingModel = Pick<
  Model,
  "method" | "configuration" | "variables" | "normalization" | "units" | "fluxCalibration" | "blend"
>;

export interface DenoiserFunctionOptions {
  /** In how many orientations the network sees the image, the mean of which is the result; 8 are 4 of a model whose noise has an axis (`orientationsOf`). Default: as many as the model's configuration says. */
  readonly orientations?: 1 | 8;
  /** Height and width, for one size alone. Default: open, multiples of what the network needs. */
  readonly size?: readonly [height: number, width: number];
}

/** A model from grey values to grey values, as a pure function to be exported. */
export interface DenoiserFunction {
  readonly apply: (variables: MethodVariables, ...inputs: Tensor[]) => Tensor;
  /**
   * `noisy`, f32 [batch, frames, height, width]. Where the network sees the level of the noise, also `noise`, f32 [2]: gain and offset of the variance of a grey value v,
   * gain v + offset. The result is f32 [batch, 1, height, width].
   */
  readonly inputs: readonly ModelInput[];
  /** Height and width are multiples of this. */
  readonly multiple: number;
  readonly orientations: Orientations;
}

/**
 * What `denoise` does to a page that goes through the network at once: normalisation, the network in its orientations, the calibration of its brightness, grey values again. An `InputError` for models of images in units of their
 * noise, or in their own range, which programs that run the file do not measure.
 */
export function denoiserFunction(
  model: DenoisingModel,
  { orientations: asked, size }: DenoiserFunctionOptions = {},
): DenoiserFunction {
  const { method, configuration, normalization, units, fluxCalibration } = model;
  if (units !== undefined) {
    throw new InputError(
      `this model takes images in units of their ${units}, which is measured in each page before the network sees it; programs that run exported files do not, so that it is for clidim alone`,
      { keys: ["model"] },
    );
  }
  if (normalizesBatches(configuration)) {
    throw new InputError(
      "this model takes each image in its own range of grey values, which is measured before the network sees it; programs that run exported files do not, so that it is for clidim alone, or is to be trained with another scope of normalization",
      { keys: ["model"] },
    );
  }
  const orientations = orientationsOf(model, asked && asked === 8);
  const { multiple } = method.geometry(configuration);
  const network = method.apply(configuration);
  const open = (name: string, i: number): OpenExtent | number => size?.[i] ?? { name, multiple };
  const shape = [{ name: "batch" }, configuration.frames ?? 1, open("height", 0), open("width", 1)];
  const level: ModelInput[] = configuration.noiseLevelMap ? [{ name: "noise", shape: [2] }] : [];
  return {
    ...{ multiple, orientations },
    inputs: [{ name: "noisy", shape }, ...level],
    apply(variables, noisy, noise) {
      const greys = transpose(noisy!, [0, 2, 3, 1]);
      const x = seen(greys, normalization, noise);
      let denoised = inOrientations((turned) => network(variables, turned), x, orientations);
      if (fluxCalibration) denoised = add(mul(denoised, fluxCalibration.gain), fluxCalibration.offset);
      const { scale, offset } = affineOf(normalization);
      return transpose(add(div(denoised, scale), -offset / scale), [0, 3, 1, 2]);
    },
  };
}

/** Grey values as the network sees them, with the level of their noise where it is given. Subtracted first, so that few digits of large grey values are lost. */
function seen(greys: Tensor, normalization: Normalization, noise: Tensor | undefined): Tensor {
  const { scale, offset } = affineOf(normalization);
  const values = mul(sub(greys, -offset / scale), scale);
  if (!noise) return values;
  const [gain, constant] = [0, 1].map((i) => slice(noise, [i], [i + 1]));
  const variance = add(mul(mean(greys, -1, { keepDims: true }), gain!), constant!);
  return concat([values, mul(sqrt(maximum(variance, 0)), scale)], -1);
}

/** The mean of what a network makes of images [N,H,W,C] in their orientations, mirror images and, of eight, their quarter turns, each turned back. */
function inOrientations(network: (x: Tensor) => Tensor, x: Tensor, count: Orientations): Tensor {
  if (count === 1) return network(x);
  const results = (count === 8 ? [false, true] : [false]).flatMap((transposed) =>
    [[], [1], [2], [1, 2]].map((axes) => {
      const mirrored = axes.length === 0 ? x : flip(x, axes);
      const turned = transposed ? transpose(mirrored, [0, 2, 1, 3]) : mirrored;
      const result = network(turned);
      const upright = transposed ? transpose(result, [0, 2, 1, 3]) : result;
      return axes.length === 0 ? upright : flip(upright, axes);
    }),
  );
  return div(
    results.reduce((sum, result) => add(sum, result)),
    count,
  );
}
