import { type Layer, type LayerResult, layers, namedBlocks } from "@clidim/nn";
import { add, formatShape, type Shape, slice, type Tensor, tanh } from "@clidim/tensor";
import type { GeneratorOutput } from "./generatorOutput.js";
import type { GeneratorTree } from "./generatorTree.js";
import type { LayerLeaves } from "./layerLeaves.js";
import { blurInit } from "./weightInit.js";

/** A part of a generator that halves or doubles extents at most once: layers by name, one after the other. */
export interface GeneratorBlock {
  readonly name: string;
  readonly inputChannels: number;
  readonly layers: Readonly<Record<string, Layer<LayerLeaves, LayerLeaves>>>;
}

export interface GeneratorFrame {
  /** The name of the function that makes it, for messages. */
  readonly kind: string;
  /** Halvings; image sides must be multiples of 2^downs. */
  readonly downs: number;
  readonly inputChannels: number;
  /** The first so many of them are images, of which output "filtered" has the filter; the others say something of these. */
  readonly imageChannels: number;
  readonly outputChannels: number;
  readonly output: GeneratorOutput;
  readonly blocks: readonly GeneratorBlock[];
  /** The last values for x; `run` applies the block of a name. */
  readonly lastValues: (run: (name: string, x: Tensor) => Tensor, x: Tensor) => Tensor;
}

/** What all generators are: blocks by name, [N, H, W, inputChannels] -> [N, H, W, outputChannels], and an output, which with "filtered" has a block `filter` after the others. */
export function generator(frame: GeneratorFrame): Layer<GeneratorTree, GeneratorTree> {
  const { kind, downs, inputChannels, imageChannels, outputChannels, output: form, lastValues } = frame;
  if (form === "filtered" && outputChannels !== 1 && imageChannels !== outputChannels) {
    throw new Error(
      `${kind}: output filtered adds the filtered input, so it needs one output channel or as many as input channels, got ${imageChannels} input ` +
        `and ${outputChannels} output channels; choose tanh or linear`,
    );
  }
  const size = { kernel: 9, padding: 4, paddingMode: "edge" } as const;
  const filter: GeneratorBlock = {
    name: "filter",
    inputChannels: imageChannels,
    layers: { conv: layers.conv2d({ ...size, out: outputChannels, bias: false, weightInit: blurInit }) },
  };
  const blocks = namedBlocks(
    [...frame.blocks, ...(form === "filtered" ? [filter] : [])].map(({ layers: parts, ...block }) => ({
      ...block,
      layer: layers.sequential(parts),
    })),
  );

  const checkShape = (shape: Shape): void => {
    const multiple = 2 ** downs;
    const [, height = 0, width = 0, channels] = shape;
    const divides = height % multiple === 0 && width % multiple === 0;
    if (shape.length === 4 && channels === inputChannels && divides) return;
    throw new Error(
      `${kind}: expected x of shape [N,H,W,${inputChannels}] with H and W multiples of 2^downs = ${multiple}, ` +
        `got ${formatShape(shape)}; pad the image`,
    );
  };

  const images = (x: Tensor): Tensor =>
    imageChannels === inputChannels ? x : slice(x, [0, 0, 0, 0], x.shape.with(3, imageChannels));

  return {
    kind,
    init: blocks.init,
    apply(variables, x, context): LayerResult<GeneratorTree> {
      checkShape(x.shape);
      const { run, stats } = blocks.start(variables, context);
      const values = lastValues(run, x);
      switch (form) {
        case "tanh":
          return { output: tanh(values), stats };
        case "linear":
          return { output: values, stats };
        case "filtered":
          return { output: add(run(filter.name, images(x)), values), stats };
        default:
          return form satisfies never;
      }
    },
    outputShape(inputShape) {
      checkShape(inputShape);
      return inputShape.with(3, outputChannels);
    },
  };
}
