import type { MethodVariables, RunConfiguration, TrainedMethod } from "@clidim/denoise";
import { InputError, reflect, sizeText } from "@clidim/imaging";
import { concat, formatShape, reshape, slice, type Tensor, take, tensor, transpose } from "@clidim/tensor";
import { z } from "zod";
import type { ImportedModel } from "../onnx/importOnnx.js";
import type { AxisLetter, NetworkDescription, Side } from "./networkDescription.js";
import type { Steps } from "./steps.js";

/** So many times the channels of the first convolution are those of the widest activation, as where skip connections meet. */
const ACTIVATIONS = 4;

const noTraining = (): never => {
  throw new Error("a network of another program is applied here, not trained");
};

/**
 * The network of a file as a method that is applied, with the parameters of the file as its variables: images [N,H,W,channels] in, [N,H,W,1] out. `file` is
 * what messages call it. Applying it throws an `InputError` where the network does not take such images, or gives none of the same size in one channel.
 */
export function foreignMethod(
  description: NetworkDescription,
  network: ImportedModel,
  steps: Steps,
  file: string,
): TrainedMethod {
  const { name, summary, source, rows, columns, channels } = description;
  const output = network.outputs[0]!.name; // it was checked to have one
  const batched = isBatched(description, network);
  const run = (parameters: Readonly<Record<string, Tensor>>, x: Tensor): Tensor => {
    const given = toFile(x, description.inputAxes);
    try {
      return fromFile(network.apply(parameters, given)[output]!, description.outputAxes);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new InputError(`${file}: cannot be applied to an image ${formatShape(given.shape)}: ${reason}`, {
        keys: ["model"],
        cause,
      });
    }
  };
  /** Tiles are squares: of sides that have one size, the smaller one's, which are then padded to it. */
  const fixed = [rows, columns].filter(({ step }) => step === 0).map(({ min }) => min);
  /** Channels of the first convolution. */
  const first = Object.values(network.parameters).find(({ shape }) => shape.length === 4)?.shape[0] ?? 1;
  return {
    kind: "trained",
    name: "imported",
    version: 1,
    title: name,
    summary,
    guide: {
      gives: [],
      time: "seconds",
      when: "the images are of the kind that the network was trained on",
      cannot: "say which images these were",
      ...(source && { source }),
    },
    space: {
      presets: ["imported"],
      presetGuide: {},
      groups: {},
      schema: z.custom<RunConfiguration>(() => false),
      check: noTraining,
      defaults: {},
      changes: {},
      common: {},
    },
    target: "clean",
    members: noTraining,
    cropFor: noTraining,
    metrics: [],
    shown: noTraining,
    init: noTraining,
    phases: noTraining,
    variables: noTraining,
    template: noTraining,
    weights: noTraining,
    sampled: () => "nothing that is drawn, as far as is known of it",
    geometry: () => ({
      multiple: fixed.length > 0 ? Math.min(...fixed) : Math.max(rows.step, columns.step),
      bytesPerPixel: 4 * Math.max(channels, ACTIVATIONS * first),
      ...(fixed.length > 0 && { largest: Math.min(...fixed) }),
    }),
    apply: () => (variables: MethodVariables, x: Tensor) => {
      // A model of a file has these.
      const parameters = variables.params as Readonly<Record<string, Tensor>>;
      const [count, height, width] = x.shape as readonly [number, number, number, number];
      const padded = mirrored(mirrored(x, 1, validSide(rows, height)), 2, validSide(columns, width));
      const given = steps.before(padded);
      const one = (i: number): Tensor =>
        run(parameters, slice(given, [i, 0, 0, 0], [i + 1, ...given.shape.slice(1)]));
      const made =
        batched || count === 1
          ? run(parameters, given)
          : concat(
              Array.from({ length: count }, (_, i) => one(i)),
              0,
            );
      const [, tall, wide] = made.shape as readonly [number, number, number, number];
      const [, rowCount, columnCount] = given.shape as readonly [number, number, number, number];
      // A result of another size would be cut to the image's, and show a part of it.
      if (tall !== rowCount || wide !== columnCount) {
        throw new InputError(
          `${file}: makes ${sizeText({ width: wide, height: tall })} pixels of ${sizeText({ width: columnCount, height: rowCount })}; a denoiser gives as many as it takes`,
          { keys: ["model"] },
        );
      }
      return slice(steps.after(made), [0, 0, 0, 0], [count, height, width, 1]);
    },
  };
}

/** Whether several images go through it at once. */
function isBatched({ inputAxes }: NetworkDescription, { inputs }: ImportedModel): boolean {
  const at = inputAxes.indexOf("b");
  return at >= 0 && typeof inputs[0]?.shape?.[at] !== "number";
}

/** The smallest side that the network takes and that is no smaller. */
export const validSide = ({ min, step }: Side, length: number): number =>
  length <= min ? min : step === 0 ? length : min + step * Math.ceil((length - min) / step);

/** An axis made longer by its mirror image. */
function mirrored(x: Tensor, axis: number, length: number): Tensor {
  const extent = x.shape[axis]!;
  if (length === extent) return x;
  return take(x, tensor(Int32Array.from({ length }, (_, i) => reflect(i, extent))), axis);
}

const OURS: readonly AxisLetter[] = ["b", "y", "x", "c"];

/** Images [N,H,W,C] with the axes that a file has; those that are not among these have extent 1. */
function toFile(x: Tensor, axes: readonly AxisLetter[]): Tensor {
  const known = axes.filter((axis) => OURS.includes(axis));
  const lost = OURS.filter((axis) => !known.includes(axis));
  const ordered = transpose(
    x,
    [...known, ...lost].map((axis) => OURS.indexOf(axis)),
  );
  const extents = new Map(OURS.map((axis, i) => [axis, x.shape[i]!]));
  return reshape(
    ordered,
    axes.map((axis) => extents.get(axis) ?? 1),
  );
}

/** The other way: [N,H,W,1]. */
function fromFile(y: Tensor, axes: readonly AxisLetter[]): Tensor {
  const extent = (axis: AxisLetter): number => y.shape[axes.indexOf(axis)] ?? 1;
  const made = `its result is ${y.dtype} ${formatShape(y.shape)}`;
  if (y.dtype !== "f32" && y.dtype !== "f16") {
    throw new Error(`${made}, labels or a mask; a denoiser gives grey values, which are floats`);
  }
  if (y.shape.length !== axes.length || extent("z") !== 1) {
    throw new Error(`${made}, expected an image of the axes ${axes.join("")}`);
  }
  if (extent("c") !== 1) {
    throw new Error(`${made} of the axes ${axes.join("")}, with ${extent("c")} channels, expected one`);
  }
  const known = OURS.filter((axis) => axes.includes(axis));
  const rest = axes.filter((axis) => !known.includes(axis));
  const ordered = transpose(
    y,
    [...known, ...rest].map((axis) => axes.indexOf(axis)),
  );
  return reshape(ordered, OURS.map(extent));
}
