import type { Graph, GraphNode } from "../../../primitives/graph.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import type { KernelCall } from "./kernelCall.js";
import { paddedImages } from "./paddedImages.js";
import type { Product } from "./product.js";
import { productKernel } from "./productKernel.js";

/** Along one axis: the pixels of the result whose distance to the strides is one, which taps they see, and where. */
interface Phase {
  /** The first pixel; every `stride`-th follows. */
  readonly first: number;
  readonly count: number;
  /** Taps in the order in which what they see comes: `last`, `last - period`, ... */
  readonly taps: number;
  readonly last: number;
  readonly period: number;
  /** The row of y that the last tap of the first pixel sees, which may be before the first row; and how far the next tap's is. */
  readonly seen: number;
  readonly step: number;
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);

/** Pixel h sees row (h + low - dilation * tap) / stride of y, for the taps where that is whole. */
function phasesOf(extent: number, taps: number, stride: number, dilation: number, low: number): Phase[] {
  const period = stride / greatestCommonDivisor(stride, dilation);
  return Array.from({ length: stride }, (_, phase): Phase => {
    const first = (((phase - low) % stride) + stride) % stride;
    const seeing = Array.from({ length: taps }, (_, tap) => tap).filter(
      (tap) => (dilation * tap) % stride === phase,
    );
    const last = seeing.at(-1) ?? 0;
    return {
      first,
      count: Math.max(0, Math.ceil((extent - first) / stride)),
      taps: seeing.length,
      last,
      period,
      seen: (first + low - dilation * last) / stride,
      step: (dilation * period) / stride,
    };
  }).filter(({ count }) => count > 0);
}

/**
 * The adjoint of a convolution in its images: pixels of the result at the same distance to the strides see the same taps, so that each such phase is a convolution of
 * y, with zeros around it, by some of the taps.
 */
export function convTranspose2dKernel(module: ModuleBuilder, id: number, graph: Graph): KernelCall {
  const node = graph.nodes[id] as GraphNode & { readonly op: "convTranspose2d" };
  const [y, weight] = node.inputs as readonly [number, number];
  const { stride, padding, dilation, groups } = node.params;
  const images = graph.nodes[y]!.shape;
  const [kernelHeight, kernelWidth, inputs, outputs] = graph.nodes[weight]!.shape as readonly [
    number,
    number,
    number,
    number,
  ];
  const [count, height, width, channels] = node.shape as readonly [number, number, number, number];
  const phases = [
    phasesOf(height, kernelHeight, stride[0], dilation[0], padding[0][0]),
    phasesOf(width, kernelWidth, stride[1], dilation[1], padding[1][0]),
  ] as const;
  const zeros = phases.map((all, axis): [number, number] => {
    const seeing = all.filter(({ taps }) => taps > 0);
    const low = Math.min(0, ...seeing.map(({ seen }) => seen));
    const high = Math.max(
      0,
      ...seeing.map((phase) => phase.seen + (phase.taps - 1) * phase.step + phase.count - images[axis + 1]!),
    );
    return [-low, high];
  }) as [[number, number], [number, number]];
  const padded = paddedImages(images, zeros);
  const [image, row, column] = padded.strides;
  const each = outputs / groups;
  const products = phases[0].flatMap((v) =>
    phases[1].flatMap((h): Product[] => {
      if (v.taps === 0 || h.taps === 0) return [];
      const tap = inputs * outputs;
      return [
        {
          repeats: { extent: groups, source: each, weights: each, target: inputs },
          rows: [
            { extent: count, source: image, target: height * width * channels },
            { extent: v.count, source: row, target: stride[0] * width * channels },
            { extent: h.count, source: column, target: stride[1] * channels },
          ],
          runs: [
            { extent: v.taps, source: v.step * row, weights: -v.period * kernelWidth * tap },
            { extent: h.taps, source: h.step * column, weights: -h.period * tap },
          ],
          length: each,
          along: 1,
          columns: inputs,
          columnStride: outputs,
          starts: {
            source: (zeros[0][0] + v.seen) * row + (zeros[1][0] + h.seen) * column,
            weights: (v.last * kernelWidth + h.last) * tap,
            target: (v.first * width + h.first) * channels,
          },
        },
      ];
    }),
  );
  const nodes = {
    ...{ name: "convTranspose2d", source: y, weights: weight, target: id },
    images: { shape: images, padding: zeros },
    // What no tap sees.
    hasGaps: products.length < phases[0].length * phases[1].length,
  };
  return productKernel(module, nodes, node, products);
}
