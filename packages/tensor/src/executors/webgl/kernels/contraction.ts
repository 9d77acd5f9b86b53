import conv2dText from "../../../../../../shaders/conv2d.glsl?raw";
import conv2dWeightGradientText from "../../../../../../shaders/conv2dWeightGradient.glsl?raw";
import convTranspose2dText from "../../../../../../shaders/convTranspose2d.glsl?raw";
import matmulText from "../../../../../../shaders/matmul.glsl?raw";
import type { Graph, GraphNode } from "../../../primitives/graph.js";
import type { ConvParams } from "../../../primitives/params.js";
import { type Shape, sizeOf } from "../../../shape.js";
import { partsBinding } from "../../fusion/reduction.js";
import type { Kernel } from "./kernel.js";
import { openLanes } from "./loops.js";
import { wordOfValue } from "./operations.js";
import { partsFor } from "./reduction.js";
import { ShaderText } from "./shaderText.js";

/** A contraction by the functions of a file in `shaders`. */
interface Contraction {
  readonly functions: string;
  /** What its text calls sizes. */
  readonly sizes: Readonly<Record<string, number>>;
  /** The terms of an element's sum, and whether they can be left in parts of `share` terms each. */
  readonly terms: number;
  readonly inParts: boolean;
  /** Whether four neighbouring elements of the result are computed from whole texels; and whether four neighbouring terms lie in one. */
  readonly quads: boolean;
  readonly depthQuads: boolean;
}

const isWhole = (...extents: readonly number[]): boolean => extents.every((extent) => extent % 4 === 0);

/** The sizes of x, weight and y of a convolution and its adjoints. */
const convolutionSizes = (
  x: Shape,
  weight: Shape,
  y: Shape,
  { stride, padding, dilation, groups }: ConvParams,
): Readonly<Record<string, number>> => ({
  height: x[1]!,
  width: x[2]!,
  inputs: x[3]!,
  kernelHeight: weight[0]!,
  kernelWidth: weight[1]!,
  outHeight: y[1]!,
  outWidth: y[2]!,
  outputs: y[3]!,
  strideY: stride[0],
  strideX: stride[1],
  padTop: padding[0][0],
  padLeft: padding[1][0],
  dilationY: dilation[0],
  dilationX: dilation[1],
  groups,
});

function contractionOf(node: GraphNode, { nodes }: Graph): Contraction {
  const [left, right] = node.inputs.map((input) => nodes[input]!.shape) as [Shape, Shape];
  switch (node.op) {
    case "matmul": {
      const [rows, columns] = node.shape.slice(-2) as [number, number];
      const depth = left.at(-1)!;
      return {
        functions: matmulText,
        sizes: { rows, columns, depth },
        terms: depth,
        inParts: true,
        quads: isWhole(columns),
        depthQuads: isWhole(depth),
      };
    }
    case "conv2d": {
      const [outputs, inputs] = [right[3]!, right[2]!];
      const { groups } = node.params;
      return {
        functions: conv2dText,
        sizes: convolutionSizes(left, right, node.shape, node.params),
        terms: right[0]! * right[1]! * inputs,
        inParts: false,
        quads: groups === 1 && isWhole(outputs),
        depthQuads: groups === 1 && isWhole(inputs) && (isWhole(outputs) || outputs === 1),
      };
    }
    case "convTranspose2d": {
      const { groups } = node.params;
      const [inputs, outputs] = [node.shape[3]!, left[3]!];
      return {
        functions: convTranspose2dText,
        sizes: convolutionSizes(node.shape, right, left, node.params),
        terms: (right[0]! * right[1]! * outputs) / groups,
        inParts: false,
        quads: groups === 1 && isWhole(inputs, outputs),
        depthQuads: isWhole(outputs / groups),
      };
    }
    case "conv2dWeightGradient": {
      const pixels = sizeOf(right.slice(0, 3));
      return {
        functions: conv2dWeightGradientText,
        sizes: { ...convolutionSizes(left, node.shape, right, node.params), pixels },
        terms: pixels,
        inParts: true,
        quads: node.params.groups === 1 && isWhole(right[3]!),
        depthQuads: false,
      };
    }
    default:
      throw new Error(`${node.op} is not a contraction`);
  }
}

/** Into how many parts the sums of a contraction are shared out. */
export function partsOfContraction(node: GraphNode, graph: Graph): number {
  const { inParts, terms } = contractionOf(node, graph);
  return inParts ? partsFor(sizeOf(node.shape), terms) : 1;
}

/** The sums of a contraction, each left in so many parts. */
export function contractionKernel(
  id: number,
  graph: Graph,
  home: readonly (number | undefined)[],
  parts: number,
): Kernel {
  const node = graph.nodes[id]!;
  const { functions, sizes, terms, quads, depthQuads } = contractionOf(node, graph);
  const size = sizeOf(node.shape);
  // Whole texels of terms.
  const share = parts === 1 ? terms : 4 * Math.ceil(terms / parts / 4);
  const text = new ShaderText();
  node.inputs.forEach((input, k) => {
    const side = ["left", "right"][k]!;
    const values = text.read(home[input]!, sizeOf(graph.nodes[input]!.shape));
    text.define(`${side}(i)`, `uintBitsToFloat(elementAt(${values}, i))`);
    text.define(`${side}Quad(q)`, `uintBitsToFloat(texelAt(${values}, q))`);
  });
  for (const [name, value] of Object.entries({ ...sizes, share })) {
    text.define(name, text.parameter(value, "i32"));
  }
  text.define("QUADS", quads ? 1 : 0);
  text.define("DEPTH_QUADS", depthQuads ? 1 : 0);
  text.include(functions);
  const dtype = parts > 1 ? "f32" : node.dtype;
  if (quads) {
    const count = text.parameter(size / 4, "i32");
    const part = text.let("int", `texel / ${count}`);
    text.line(`vec4 sums = quad(texel - ${part} * ${count}, ${part});`);
    const lanes = [..."xyzw"].map((lane) => wordOfValue(`sums.${lane}`, dtype));
    text.line(`result0 = uvec4(${lanes.join(", ")});`);
  } else {
    openLanes(text, parts * size);
    const count = text.parameter(size, "i32");
    const part = text.let("int", `i / ${count}`);
    text.line(`result0[lane] = ${wordOfValue(`single(i - ${part} * ${count}, ${part})`, dtype)};`);
    text.close();
  }
  const name = `${node.op}${quads ? " by fours" : ""}${parts > 1 ? ` in ${parts} parts` : ""}`;
  return text.kernel(name, [parts > 1 ? partsBinding(id) : id], parts * size, share);
}
