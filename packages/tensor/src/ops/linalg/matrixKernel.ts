import { applyKernel } from "../../graph/applyProgram.js";
import type { PrimitiveParams } from "../../primitives/params.js";
import { type Aval, sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { zeros } from "../creation.js";
import { batchOf } from "./matrices.js";

/** A kernel on a batch of matrices. Functions are told shape and dtype of the operands, the first of which is a batch of matrices. */
interface MatrixKernel {
  readonly name: string;
  readonly wgsl: string;
  readonly outputs: (...inputs: Aval[]) => readonly Aval[];
  /** The members of the kernel's `struct Parameters` beside `count`, the number of matrices. */
  readonly sizes: (...inputs: Aval[]) => Readonly<Record<string, number>>;
  /** Invocations per matrix where each works alone; a workgroup otherwise. */
  readonly invocations?: (...inputs: Aval[]) => number;
  /** The same in float64: fills the outputs of one matrix. */
  readonly reference: (
    inputs: readonly Float64Array[],
    outputs: readonly Float64Array[],
    sizes: Readonly<Record<string, number>>,
  ) => void;
}

/** Workgroups in two dimensions, as many as there have to be, each of which takes 65535. */
function workgroupsFor(count: number): readonly [number, number, number] {
  const rows = Math.ceil(count / 65535);
  return [Math.ceil(count / rows), rows, 1];
}

function paramsOf(kernel: MatrixKernel, inputs: readonly Aval[]): PrimitiveParams["kernel"] {
  const { name, wgsl, invocations, reference } = kernel;
  const count = sizeOf(batchOf(inputs[0]!));
  const sizes = kernel.sizes(...inputs);
  const outputs = kernel.outputs(...inputs);
  return {
    name,
    wgsl,
    outputs,
    parameters: { count, ...sizes },
    workgroups: workgroupsFor(invocations ? Math.ceil((count * invocations(...inputs)) / 64) : count),
    reference: (values) => {
      const results = outputs.map(({ shape }) => new Float64Array(sizeOf(shape)));
      const part = (data: Float64Array, k: number): Float64Array =>
        data.subarray((k * data.length) / count, ((k + 1) * data.length) / count);
      for (let k = 0; k < count; k++) {
        reference(
          values.map(({ data }) => part(data, k)),
          results.map((result) => part(result, k)),
          sizes,
        );
      }
      return results;
    },
    vectorized: (batches) => paramsOf(kernel, batches),
  };
}

/** Runs a kernel on matrices with elements; zeros without any where the results have none. Its results have no gradient. */
export function matrixKernel(kernel: MatrixKernel, inputs: readonly Tensor[]): Tensor[] {
  const params = paramsOf(
    kernel,
    inputs.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  return params.outputs.every(({ shape }) => sizeOf(shape) === 0)
    ? params.outputs.map(({ shape, dtype }) => zeros(shape, dtype))
    : applyKernel(inputs, params);
}
