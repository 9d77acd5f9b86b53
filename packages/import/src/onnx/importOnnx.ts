import { formatShape, Tensor } from "@clidim/tensor";
import { Call } from "./call.js";
import type { OnnxFile, OnnxNode, OnnxPort, OnnxTensor } from "./onnxFile.js";
import { operators } from "./operators/index.js";
import { constant } from "./operators/shapes.js";
import { readOnnx } from "./readOnnx.js";
import { inOrder, plainValue, rowMajor, type Value } from "./value.js";

/** A model of a file as a function of tensors. */
export interface ImportedModel {
  readonly name: string;
  /** What wrote the file. */
  readonly producer: string;
  /** Version of the standard operators that the file is of. */
  readonly opset: number;
  readonly documentation: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** What it is given, in this order, as ONNX has it: images are [N,C,H,W]. A named extent, or one without a name (""), is any. */
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** The floats that the file holds, by their names there: weights, to be trained further or replaced. */
  readonly parameters: Readonly<Record<string, Tensor>>;
  /** Pure, for `compile` and `grad`: the outputs by their names. Sizes that are computed from parameters go by what the file holds. Throws for inputs of another number, dtype or shape. */
  apply(parameters: Readonly<Record<string, Tensor>>, ...inputs: readonly Tensor[]): Record<string, Tensor>;
}

/** The operator sets whose operators are known; those of others mean something else by the same names. */
const [OLDEST, NEWEST] = [7, 21];

/**
 * An ONNX file (opset 7 to 21, the operators of convolutional networks and transformers) as a pure function of tensors, which can be compiled, differentiated and trained further. Images stay channels last between convolutions, whatever
 * order the file has. Integers of 64 bits are held to 32, halves and doubles are f32. Shapes are computed while the function is traced, from those of its inputs.
 *
 * Throws where the bytes are no ONNX file, for another operator set, and for operations that are not known, all of which it names.
 */
export function importOnnx(bytes: Uint8Array): ImportedModel {
  const file = readOnnx(bytes);
  expectOperatorSet(file);
  expectKnown(file);
  const { name, producer, opset, documentation, metadata, inputs, outputs } = file;
  const floats = [...file.initializers].filter(([, { dtype }]) => dtype === "f32");
  const parameters = Object.fromEntries(floats.map(([of, value]) => [of, constant(value)]));
  return {
    ...{ name, producer, opset, documentation, metadata, inputs, outputs, parameters },
    apply: (given, ...values) => run(file, given, values),
  };
}

function expectOperatorSet({ opset }: OnnxFile): void {
  if (opset >= OLDEST && opset <= NEWEST) return;
  throw new Error(
    `importOnnx: the file is of operator set ${opset}, known are ${OLDEST} to ${NEWEST}; export the model with one of these, or convert the file (onnx.version_converter)`,
  );
}

function expectKnown({ nodes }: OnnxFile): void {
  const unknown = new Map<string, number>();
  for (const { op } of nodes) {
    if (!Object.hasOwn(operators, op)) unknown.set(op, (unknown.get(op) ?? 0) + 1);
  }
  if (unknown.size === 0) return;
  const list = [...unknown].map(([op, count]) => (count > 1 ? `${op} (${count} times)` : op));
  throw new Error(
    `importOnnx: the file has operations that are not known: ${list.join(", ")}; known are ${Object.keys(operators).toSorted().join(", ")}`,
  );
}

function run(
  file: OnnxFile,
  parameters: Readonly<Record<string, Tensor>>,
  inputs: readonly Tensor[],
): Record<string, Tensor> {
  if (inputs.length !== file.inputs.length) {
    const names = file.inputs.map(({ name }) => name);
    throw new Error(
      `${file.name || "the model"}: expected ${names.length} inputs (${names.join(", ")}), got ${inputs.length}`,
    );
  }
  const values = new Map<string, Value>();
  file.inputs.forEach((port, i) => {
    expectInput(file, port, inputs[i]!);
    values.set(port.name, plainValue(inputs[i]!));
  });
  const held = new Map<Tensor, OnnxTensor>();
  for (const [name, initializer] of file.initializers) {
    const isParameter = initializer.dtype === "f32";
    const tensor = isParameter ? parameterOf(file, parameters, name) : constant(initializer);
    if (isParameter) held.set(tensor, initializer);
    values.set(name, plainValue(tensor));
  }
  for (const node of file.nodes) evaluateNode(file, node, values, held);
  return Object.fromEntries(
    file.outputs.map(({ name }) => {
      const value = values.get(name);
      if (!value) throw new Error(`importOnnx: nothing in the file makes its output ${name}`);
      return [name, inOrder(value, rowMajor(value.order.length))];
    }),
  );
}

function parameterOf(file: OnnxFile, parameters: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const { shape } = file.initializers.get(name)!; // the caller goes by its names
  const given = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (!given) throw new Error(`${file.name || "the model"}: parameters lack ${name}`);
  if (given.shape.join() !== shape.join()) {
    throw new Error(
      `${file.name || "the model"}: the parameter ${name} must be ${formatShape(shape)}, got ${formatShape(given.shape)}`,
    );
  }
  return given;
}

function expectInput({ name: model }: OnnxFile, { name, dtype, shape }: OnnxPort, given: Tensor): void {
  const of = `${model || "the model"}: the input ${name}`;
  if (!(given instanceof Tensor)) throw new Error(`${of} must be a tensor, got ${typeof given}`);
  const fits =
    !shape ||
    (shape.length === given.shape.length &&
      shape.every(
        (extent, axis) => typeof extent === "string" || extent < 0 || extent === given.shape[axis],
      ));
  if (given.dtype !== dtype || !fits) {
    const wanted = shape?.map((extent) => (extent === "" ? "any" : String(extent))).join(",");
    throw new Error(
      `${of} must be ${dtype}${wanted === undefined ? "" : ` [${wanted}]`}, got ${given.dtype} ${formatShape(given.shape)}`,
    );
  }
}

function evaluateNode(
  file: OnnxFile,
  node: OnnxNode,
  values: Map<string, Value>,
  held: ReadonlyMap<Tensor, OnnxTensor>,
): void {
  const operands = node.inputs.map((name) => {
    if (name === "") return undefined;
    const value = values.get(name);
    if (!value) {
      throw new Error(`importOnnx: ${node.op} (${node.name}) takes ${name}, which nothing before it makes`);
    }
    return value;
  });
  const made = operators[node.op]!(new Call(file.opset, node, operands, held)); // all are known
  const results = made instanceof Tensor || !Array.isArray(made) ? [made as Value | Tensor] : made;
  node.outputs.forEach((name, i) => {
    const result = results[i];
    if (name === "") return;
    if (!result) throw new Error(`importOnnx: ${node.op} (${node.name}): its output ${i} is not known`);
    values.set(name, result instanceof Tensor ? plainValue(result) : result);
  });
}
