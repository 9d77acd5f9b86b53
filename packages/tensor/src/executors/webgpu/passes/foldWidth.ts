import type { Graph, GraphNode } from "../../../primitives/graph.js";
import type { ConvParams } from "../../../primitives/params.js";
import { type Shape, sizeOf } from "../../../shape.js";
import type { NodeOf } from "../kernels/contractionGeometry.js";

type Convolution = NodeOf<"conv2d" | "convTranspose2d" | "conv2dWeightGradient">;

/** Kernels read four channels at once. */
const channelsAtOnce = 4;
/** Taps that meet a zero cost as much as others: at most so many times the taps that there were. */
const mostTaps = 3;

/** Below this many multiplications the further kernels cost more than they save. */
const smallest = 1 << 19;

/** `pixels` neighbours of a row of x become channels of one, and `outPixels` of a row of y. */
interface Fold {
  readonly pixels: number;
  readonly outPixels: number;
  /** Of the folded kernel, in folded pixels. */
  readonly kernelWidth: number;
  readonly padding: readonly [number, number];
  /** Per pixel of y that is folded: how far its taps are moved along the folded kernel's row of taps. */
  readonly shifts: readonly number[];
}

/** How to fold a convolution whose x has few channels; undefined where rows do not divide or most taps would be zeros. */
function foldOf(x: Shape, weight: Shape, y: Shape, { params }: Convolution): Fold | undefined {
  const [width, inputs, outWidth, kernelWidth] = [x[2]!, x[3]!, y[2]!, weight[1]!];
  const [stride, [left]] = [params.stride[1], params.padding[1]];
  if (sizeOf(y) * sizeOf(weight.slice(0, 3)) < smallest) return undefined;
  const pixels = channelsAtOnce / inputs;
  const outPixels = pixels / stride;
  if (pixels < 2 || !Number.isInteger(outPixels) || params.groups !== 1 || params.dilation[1] !== 1)
    return undefined;
  if (width % pixels !== 0 || outWidth % outPixels !== 0) return undefined;
  const first = Math.floor(-left / pixels);
  const last = Math.floor(((outPixels - 1) * stride + kernelWidth - 1 - left) / pixels);
  const folded = last - first + 1;
  const right = outWidth / outPixels - 1 + folded - width / pixels + first;
  if (right < 0 || folded * pixels > mostTaps * kernelWidth) return undefined;
  return {
    pixels,
    outPixels,
    kernelWidth: folded,
    padding: [-first, right],
    shifts: Array.from({ length: outPixels }, (_, j) => j * stride - pixels * first - left),
  };
}

/** A graph under construction in which convolutions are folded. */
class FoldedGraph {
  readonly nodes: GraphNode[] = [];

  add(node: GraphNode): number {
    return this.nodes.push(node) - 1;
  }

  /** Adds a node, or what computes the same over folded rows; returns where its value is. */
  rewrite(node: GraphNode): number {
    const [a, b] = node.inputs as readonly [number, number];
    const shapeOf = (id: number): Shape => this.nodes[id]!.shape;
    switch (node.op) {
      case "conv2d": {
        const fold = foldOf(shapeOf(a), shapeOf(b), node.shape, node);
        if (!fold) return this.add(node);
        const [x, weight] = [this.#foldRows(a, fold.pixels), this.#foldWeight(b, fold)];
        const [batch, height, width, outputs] = node.shape as [number, number, number, number];
        const shape = [batch, height, width / fold.outPixels, fold.outPixels * outputs];
        return this.#reshape(
          this.add({ ...node, inputs: [x, weight], params: foldedParams(node, fold), shape }),
          node.shape,
        );
      }
      case "conv2dWeightGradient": {
        const fold = foldOf(shapeOf(a), node.shape, shapeOf(b), node);
        // A gradient of halves is one sum, rounded once.
        if (!fold || (node.dtype === "f16" && fold.outPixels > 1)) return this.add(node);
        const [x, y] = [this.#foldRows(a, fold.pixels), this.#foldRows(b, fold.outPixels)];
        const [height, , inputs, outputs] = node.shape as [number, number, number, number];
        const kernelSize = [height, fold.kernelWidth] as const;
        const params = { ...node.params, ...foldedParams(node, fold), kernelSize };
        const shape = [...kernelSize, fold.pixels * inputs, fold.outPixels * outputs];
        return this.#unfoldWeight(this.add({ ...node, inputs: [x, y], params, shape }), node.shape, fold);
      }
      case "convTranspose2d": {
        const fold = foldOf(node.shape, shapeOf(b), shapeOf(a), node);
        if (!fold) return this.add(node);
        const [y, weight] = [this.#foldRows(a, fold.outPixels), this.#foldWeight(b, fold)];
        const [batch, height, width, inputs] = node.shape as [number, number, number, number];
        const outputSize = [height, width / fold.pixels] as const;
        const params = { ...node.params, ...foldedParams(node, fold), outputSize };
        const shape = [batch, ...outputSize, fold.pixels * inputs];
        return this.#reshape(this.add({ ...node, inputs: [y, weight], params, shape }), node.shape);
      }
      default:
        return this.add(node);
    }
  }

  #reshape(operand: number, shape: Shape): number {
    const { dtype } = this.nodes[operand]!;
    return this.add({ op: "reshape", inputs: [operand], params: { shape }, shape, dtype });
  }

  #foldRows(operand: number, pixels: number): number {
    const [batch, height, width, channels] = this.nodes[operand]!.shape as [number, number, number, number];
    return this.#reshape(operand, [batch, height, width / pixels, pixels * channels]);
  }

  /** The folded kernel [KH, folded width, pixels * Cin, outPixels * Cout]. */
  #foldWeight(weight: number, { pixels, outPixels, kernelWidth, shifts }: Fold): number {
    const { shape, dtype } = this.nodes[weight]!;
    const [height, width, inputs, outputs] = shape as [number, number, number, number];
    const taps = kernelWidth * pixels;
    const moved = shifts.map((shift) =>
      this.add({
        op: "pad",
        inputs: [weight],
        params: {
          low: [0, shift, 0, 0],
          high: [0, taps - width - shift, 0, 0],
          interior: [0, 0, 0, 0],
          mode: "zero",
        },
        shape: [height, taps, inputs, outputs],
        dtype,
      }),
    );
    const all = this.add({
      op: "concat",
      inputs: moved,
      params: { axis: 3 },
      shape: [height, taps, inputs, outPixels * outputs],
      dtype,
    });
    return this.#reshape(all, [height, kernelWidth, pixels * inputs, outPixels * outputs]);
  }

  /** The adjoint of `foldWeight`: a kernel of this shape from the folded one. */
  #unfoldWeight(folded: number, shape: Shape, { pixels, outPixels, kernelWidth, shifts }: Fold): number {
    const { dtype } = this.nodes[folded]!;
    const [height, width, inputs, outputs] = shape as [number, number, number, number];
    const all = this.#reshape(folded, [height, kernelWidth * pixels, inputs, outPixels * outputs]);
    const parts = shifts.map((shift, j) =>
      this.add({
        op: "slice",
        inputs: [all],
        params: {
          start: [0, shift, 0, j * outputs],
          stop: [height, shift + width, inputs, (j + 1) * outputs],
          step: [1, 1, 1, 1],
        },
        shape,
        dtype,
      }),
    );
    return parts.reduce((sum, part) =>
      this.add({ op: "add", inputs: [sum, part], params: {}, shape, dtype }),
    );
  }
}

/**
 * Convolutions of one or two channels as convolutions of four: neighbouring pixels of a row become channels, which only changes shapes, and the kernel's taps are
 * spread over the pixels that are folded together, with zeros between. Kernels that read four channels at once then read a third to a twelfth as often.
 * As in other identities of the compiler, 0 * x is 0: an infinity or NaN reaches pixels that are folded together with those that it would reach.
 */
export function foldWidth(graph: Graph): Graph {
  const folded = new FoldedGraph();
  const at: number[] = [];
  for (const node of graph.nodes)
    at.push(folded.rewrite({ ...node, inputs: node.inputs.map((input) => at[input]!) }));
  const { nodes } = folded;
  return { nodes, inputs: graph.inputs.map((id) => at[id]!), outputs: graph.outputs.map((id) => at[id]!) };
}

/** A step over the pixels that are folded together is a step of one. */
function foldedParams({ params }: Convolution, { padding }: Fold): ConvParams {
  return {
    ...params,
    stride: [params.stride[0], 1],
    padding: [params.padding[0], padding],
  };
}
