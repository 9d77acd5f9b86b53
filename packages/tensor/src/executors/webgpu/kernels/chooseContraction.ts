import type { Graph, GraphNode } from "../../../primitives/graph.js";
import {
  conv2dGeometry,
  conv2dWeightGradientGeometry,
  convFlops,
  convTranspose2dGeometry,
  matmulFlops,
  matmulGeometry,
  type NodeOf,
} from "./contractionGeometry.js";
import { runsTexelKernels } from "./contractionTexels.js";
import { lowerConv2dDirect } from "./conv2dDirect.js";
import { lowerConv2dTexture } from "./conv2dTexture.js";
import { lowerConv2dTiled } from "./conv2dTiled.js";
import { lowerConv2dWeightGradientDirect } from "./conv2dWeightGradientDirect.js";
import { lowerConv2dWeightGradientTexture } from "./conv2dWeightGradientTexture.js";
import { lowerConv2dWeightGradientTiled } from "./conv2dWeightGradientTiled.js";
import { lowerConvTranspose2dDirect } from "./convTranspose2dDirect.js";
import { lowerConvTranspose2dTexture } from "./convTranspose2dTexture.js";
import { lowerConvTranspose2dTiled } from "./convTranspose2dTiled.js";
import { lowerMatmulDirect } from "./matmulDirect.js";
import { lowerMatmulTexture } from "./matmulTexture.js";
import { lowerMatmulTiled } from "./matmulTiled.js";
import type { Lowering, LoweringContext, Step } from "./step.js";

type ContractionName = "matmul" | "conv2d" | "convTranspose2d" | "conv2dWeightGradient";

/** A lowering that does not take every geometry and size: undefined where it does not. */
type PartialLowering<N> = (...args: Parameters<Lowering<N>>) => Step[] | undefined;

/** The kernels of one contraction. */
interface Variants<N> {
  /** Floating-point operations, by which small products are told apart. */
  readonly flops: (node: N, graph: Graph) => number;
  /** For software adapters: operands in storage textures. */
  readonly texture: PartialLowering<N>;
  /** For GPUs: tiles in workgroup memory. */
  readonly tiled: PartialLowering<N>;
  /** Takes everything. */
  readonly direct: Lowering<N>;
}

const variants: { readonly [P in ContractionName]: Variants<NodeOf<P>> } = {
  matmul: {
    flops: (node, graph) => matmulFlops(matmulGeometry(node, graph)),
    texture: lowerMatmulTexture,
    tiled: lowerMatmulTiled,
    direct: lowerMatmulDirect,
  },
  conv2d: {
    flops: (node, graph) => convFlops(conv2dGeometry(node, graph)),
    texture: lowerConv2dTexture,
    tiled: lowerConv2dTiled,
    direct: lowerConv2dDirect,
  },
  convTranspose2d: {
    flops: (node, graph) => convFlops(convTranspose2dGeometry(node, graph)),
    texture: lowerConvTranspose2dTexture,
    tiled: lowerConvTranspose2dTiled,
    direct: lowerConvTranspose2dDirect,
  },
  // Partial sums are added in a fixed order, so results do not change from run to run.
  conv2dWeightGradient: {
    flops: (node, graph) => convFlops(conv2dWeightGradientGeometry(node, graph)),
    texture: lowerConv2dWeightGradientTexture,
    tiled: lowerConv2dWeightGradientTiled,
    direct: lowerConv2dWeightGradientDirect,
  },
};

/** Below this many operations the preparation of a fast kernel costs more than it saves. */
const smallContraction = 1 << 15;

const isContraction = (op: string): op is ContractionName => Object.hasOwn(variants, op);

/**
 * The kernels of a contraction: by textures on a software adapter, by workgroup tiles on a GPU, directly where neither fits or little is to do. Throws for
 * an operation that is none.
 */
export function chooseContraction(
  node: GraphNode,
  id: number,
  graph: Graph,
  context: LoweringContext,
): Step[] {
  if (!isContraction(node.op)) throw new Error(`${node.op} is not a contraction`);
  // The variants of an operation are given nodes of that operation only, which a union does not say.
  const { flops, texture, tiled, direct } = variants[node.op] as Variants<GraphNode>;
  const fast =
    flops(node, graph) < smallContraction
      ? undefined
      : runsTexelKernels(context.traits)
        ? texture(node, id, graph, context)
        : tiled(node, id, graph, context);
  return fast ?? direct(node, id, graph, context);
}
