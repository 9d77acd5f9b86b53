import { InputError } from "@clidim/imaging";
import { flatten, mapTree, type Tensor, type Tree } from "@clidim/tensor";
import { Emitter } from "./emitter.js";
import { encodeOnnx } from "./encodeOnnx.js";
import { isKnown } from "./extent.js";
import { OnnxBuilder } from "./onnxBuilder.js";
import type { OnnxPort } from "./onnxModel.js";
import { type ModelInput, sampleFunction } from "./sampledGraph.js";
import { staticValues } from "./staticValues.js";
import { onnxType, rowMajor } from "./value.js";

/** The set of operators that files ask for: programs of 2022 and later have it. */
export const OPSET = 17;

export interface ExportOnnxOptions<P extends Tree<Tensor>> {
  /** The function's first argument. What depends on it alone stands in the file. */
  readonly parameters: P;
  /** The function's further arguments, in this order. */
  readonly inputs: readonly ModelInput[];
  /** Names of the outputs, in the order of the tensors in what the function returns. Default: "output", or "output_0" and so on where there are several. */
  readonly outputs?: readonly string[];
  /** Of the model. */
  readonly name: string;
  readonly documentation?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** What wrote the file. */
  readonly producer?: { readonly name: string; readonly version: string };
}

/**
 * A pure function of parameters and tensors as the bytes of an ONNX file (opset 17), with the values of the parameters in it. Extents of the inputs may be left open, with the multiple that the function needs: the function is traced at several sizes, and what of it
 * follows the size is computed from the inputs' shapes when the model runs. Images that the function takes to [N,H,W,C] before its convolutions and back after them stay in ONNX's order throughout. Dtypes are f32, i32 and bool.
 *
 * Throws an `InputError` that names the operation where one has no place in ONNX, and where something does not follow the open extents in a straight line, such as random numbers or a
 * mean over the whole image: then export it for one size.
 */
export async function exportOnnx<P extends Tree<Tensor>>(
  f: (parameters: P, ...inputs: Tensor[]) => Tree<Tensor>,
  options: ExportOnnxOptions<P>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { parameters, inputs, name, documentation = "", metadata = {} } = options;
  const inputNames = inputs.map((input) => input.name);
  checkNames(inputNames, "two inputs have");
  const leaves = flatten(parameters).leaves;
  const shapes = mapTree(({ shape, dtype }) => ({ shape, dtype }), parameters);
  const sampled = sampleFunction(f, shapes as unknown as P, leaves, inputs);
  const { graph } = sampled;
  const { outputs } = graph.first;
  const names = options.outputs ?? outputs.map((_, i) => (outputs.length === 1 ? "output" : `output_${i}`));
  if (names.length !== outputs.length) {
    throw new InputError(
      `exportOnnx: the function returns ${outputs.length} tensors, ${names.length} names were given for them`,
    );
  }
  checkNames(names, "two outputs have");
  checkNames([...inputNames, ...names], "an input and an output have");
  const builder = new OnnxBuilder(placesOf(inputs), new Set([...inputNames, ...names]));
  const emitter = new Emitter(graph, builder, await staticValues(graph, sampled.given));
  sampled.inputs.forEach((id, i) => {
    emitter.input(id, inputNames[i]!);
  });
  emitter.write(outputs);
  const ports = outputs.map((id, i): OnnxPort => {
    const value = emitter.wholeValue(id);
    const data = emitter.inOrder(value, rowMajor(value.extents.length));
    builder.node("Identity", [data], {}, names[i]!);
    const shape = graph.shape(id).map((extent, axis) => {
      if (isKnown(extent)) return extent.plus;
      const { open, numerator, denominator, plus } = extent;
      return numerator === denominator && plus === 0 ? open! : `${names[i]}_${axis}`;
    });
    return { name: names[i]!, type: onnxType(value.dtype, id), shape };
  });
  return encodeOnnx({
    opset: OPSET,
    producer: options.producer?.name ?? "@clidim/export",
    producerVersion: options.producer?.version ?? "",
    name,
    documentation,
    metadata,
    inputs: inputs.map(({ name: port, shape, dtype = "f32" }) => ({
      name: port,
      type: dtype,
      shape: shape.map((extent) => (typeof extent === "number" ? extent : extent.name)),
    })),
    outputs: ports,
    initializers: builder.initializers,
    nodes: builder.nodes,
  });
}

/** Values of a file are known by their names; an empty one stands for a value that is left out. */
function checkNames(names: readonly string[], who: string): void {
  if (names.includes("")) throw new InputError("exportOnnx: inputs and outputs need names, got an empty one");
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new InputError(`exportOnnx: ${who} the name ${twice}; give each one of its own`);
  }
}

/** Where each open extent can be read while the model runs. */
function placesOf(
  inputs: readonly ModelInput[],
): Map<string, { readonly input: string; readonly axis: number }> {
  const places = new Map<string, { input: string; axis: number }>();
  for (const { name, shape } of inputs) {
    shape.forEach((extent, axis) => {
      if (typeof extent !== "number" && !places.has(extent.name))
        places.set(extent.name, { input: name, axis });
    });
  }
  return places;
}
