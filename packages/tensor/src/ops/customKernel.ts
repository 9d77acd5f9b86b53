import { isFloat } from "../dtype.js";
import { applyKernel } from "../graph/applyProgram.js";
import { expectDTypeName, expectOptions, expectShape, expectTensor, show } from "../primitives/expect.js";
import type { PrimitiveParams } from "../primitives/params.js";
import type { ReferenceValue } from "../primitives/primitive.js";
import { type Aval, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { zeros, zerosLike } from "./creation.js";
import { withVjp } from "./withVjp.js";

/** Something for each of a tuple of avals. */
type Each<A extends readonly Aval[], T> = { readonly [K in keyof A]: T };

/** A tensor for one output, a tuple of tensors for a tuple of them. */
export type KernelResult<O extends Aval | readonly Aval[]> = O extends readonly Aval[]
  ? Each<O, Tensor>
  : Tensor;

/** What a kernel of one's own is. Functions are told shape and dtype of the inputs, one argument each. */
export interface KernelDefinition<A extends readonly Aval[], O extends Aval | readonly Aval[]> {
  /** For errors, profiles and `explain`. */
  readonly name: string;
  /**
   * A WGSL module with a compute entry point `main`. Its bindings of group 0 are the inputs in order, `var<storage, read>`, and then the outputs,
   * `var<storage, read_write>`, each an array of its elements in row-major order: `array<f32>`, `f16`, `i32`, `u32`; of bools `array<u32>` of 0 and 1. Every element of every output
   * has to be written. Numbers come from `p`, which is declared where the module has a `struct Parameters` of members `u32`, `i32` and `f32`.
   */
  readonly wgsl: string | ((...inputs: A) => string);
  /** Shape and dtype of what it computes: of one output, or of several in an array. */
  readonly outputs: (...inputs: A) => O;
  /** How many workgroups run, in one to three dimensions. */
  readonly workgroups: (...inputs: A) => number | readonly number[];
  /** The members of `struct Parameters`: whole numbers that fit for `u32` and `i32`, anything else is an error. What depends on sizes belongs here, so that one pipeline serves all. */
  readonly parameters?: (...inputs: A) => Readonly<Record<string, number>>;
  /** The same in float64 by plain loops, with `data` of each input: what tests compare with, and what `checkGradients` differentiates. Elements in row-major order. */
  readonly reference: (
    ...inputs: Each<A, ReferenceValue>
  ) => O extends readonly Aval[] ? readonly ArrayLike<number>[] : ArrayLike<number>;
  /**
   * The gradients of the inputs, one each, undefined where there is none, by operations or further kernels, given that of what was computed, the inputs and what was computed. Without it,
   * asking for a gradient is an error.
   */
  readonly vjp?: (
    cotangents: KernelResult<O>,
    inputs: Each<A, Tensor>,
    results: KernelResult<O>,
  ) => readonly (Tensor | undefined)[];
  /**
   * Whether all functions here, and the WGSL, take inputs with further axes in front, the same for all, as operations on batches do. Then `vmap` runs it once for all examples, instead of once
   * per example. Default false.
   */
  readonly vectorized?: boolean;
}

const members = [
  "name",
  "wgsl",
  "outputs",
  "workgroups",
  "parameters",
  "reference",
  "vjp",
  "vectorized",
] as const;

/**
 * An operation by a kernel of one's own, which takes part in everything: programs of `compile`, their memory plan, `grad`, `jvp` and `vmap` (which runs it once per example), `scan`, the
 * float64 interpreter. Elementwise operations before and after it are fused among themselves. What the WGSL computes is trusted: let a test compare it with `reference`, and
 * `checkGradients` the `vjp` with that.
 *
 * Declare the types of the inputs in `outputs`, `(x: Aval, weight: Aval) => x`: it says how many the function takes.
 */
export function customKernel<A extends readonly Aval[], const O extends Aval | readonly Aval[]>(
  definition: KernelDefinition<A, O>,
): (...inputs: Each<A, Tensor>) => KernelResult<O> {
  const op = expectDefinition(definition);
  return (...given) => {
    // A mapped tuple is a tuple.
    const inputs = given as readonly Tensor[];
    inputs.forEach((x, k) => {
      expectTensor(op, `input ${k}`, x);
    });
    const avals = inputs.map(({ shape, dtype }): Aval => ({ shape, dtype })) as unknown as A;
    const returned = definition.outputs(...avals);
    const outputs = outputsOf(op, returned);
    const several = Array.isArray(returned);
    const results = compute(op, definition, avals, inputs, outputs, several);
    const differentiable = withGradient(op, definition, inputs, results, several);
    // One tensor per aval of what `outputs` returned.
    return (several ? differentiable : differentiable[0]!) as KernelResult<O>;
  };
}

/** The outputs, zeros without elements where none has any. */
function compute<A extends readonly Aval[], O extends Aval | readonly Aval[]>(
  op: string,
  definition: KernelDefinition<A, O>,
  avals: A,
  inputs: readonly Tensor[],
  outputs: readonly Aval[],
  several: boolean,
): Tensor[] {
  if (outputs.every(({ shape }) => sizeOf(shape) === 0)) {
    return outputs.map(({ shape, dtype }) => zeros(shape, dtype));
  }
  return applyKernel(inputs, paramsOf(op, definition, avals, outputs, several));
}

function paramsOf<A extends readonly Aval[], O extends Aval | readonly Aval[]>(
  op: string,
  definition: KernelDefinition<A, O>,
  avals: A,
  outputs: readonly Aval[],
  several: boolean,
): PrimitiveParams["kernel"] {
  const { name, wgsl, reference, parameters } = definition;
  const code = typeof wgsl === "string" ? wgsl : wgsl(...avals);
  expectModule(op, code, avals.length, outputs.length);
  return {
    name,
    wgsl: code,
    outputs: outputs.map(({ shape, dtype }) => ({ shape: [...shape], dtype })),
    parameters: parameters?.(...avals) ?? {},
    workgroups: workgroupsOf(op, definition.workgroups(...avals)),
    reference: (values) => {
      // One value per input; what comes back is of the shape that `outputs` has, and looked at there.
      const computed: unknown = reference(...(values as unknown as Each<A, ReferenceValue>));
      return (several ? computed : [computed]) as ReturnType<PrimitiveParams["kernel"]["reference"]>;
    },
    vectorized:
      definition.vectorized === true
        ? (batches) => {
            // As many as before.
            const all = batches as unknown as A;
            return paramsOf(op, definition, all, outputsOf(op, definition.outputs(...all)), several);
          }
        : undefined,
  };
}

/** The results as what is differentiated: by `vjp`, or not at all. */
function withGradient<A extends readonly Aval[], O extends Aval | readonly Aval[]>(
  op: string,
  { vjp }: KernelDefinition<A, O>,
  inputs: readonly Tensor[],
  results: readonly Tensor[],
  several: boolean,
): Tensor[] {
  const positions = results.flatMap(({ dtype }, k) => (isFloat(dtype) ? [k] : []));
  const tree = (leaves: readonly Tensor[]): KernelResult<O> =>
    // In the structure of what `outputs` returned.
    (several ? leaves : leaves[0]) as KernelResult<O>;
  // Without nodes of their own, they are arguments of those of the others.
  const rest = results.flatMap(({ dtype }, k) => (isFloat(dtype) ? [] : [k]));
  const nodes = withVjp(
    op,
    [...inputs, ...rest.map((k) => results[k]!)],
    positions.map((k) => results[k]!),
    (cotangents, given, floats) => {
      if (!vjp) {
        throw new Error(
          `${op}: its gradient is asked for, but it has no vjp; give one to customKernel, or pass the inputs through stopGradient`,
        );
      }
      const args = given.slice(0, inputs.length);
      const others = given.slice(inputs.length);
      const all = results.map((_, k) => floats[positions.indexOf(k)] ?? others[rest.indexOf(k)]!);
      const gradients: unknown = vjp(
        tree(all.map((result, k) => cotangents[positions.indexOf(k)] ?? zerosLike(result))),
        // One per input.
        args as unknown as Each<A, Tensor>,
        tree(all),
      );
      if (!Array.isArray(gradients) || gradients.length !== args.length) {
        throw new Error(
          `${op}: vjp must return an array with a gradient or undefined for each of ${args.length} inputs, got ${show(gradients)}`,
        );
      }
      // Their shapes and dtypes are checked by who differentiates.
      return gradients as (Tensor | undefined)[];
    },
  );
  return results.map((result, k) => nodes[positions.indexOf(k)] ?? result);
}

/** The name for errors; throws where untyped code gave something else than a definition. */
function expectDefinition(definition: object): string {
  expectOptions(
    "customKernel",
    definition,
    members,
    "customKernel({ name, wgsl, outputs, workgroups, reference })",
  );
  const given = definition as Readonly<Record<string, unknown>>;
  const { name, wgsl } = given;
  if (typeof name !== "string" || name === "") {
    throw new Error(
      `customKernel: name must be a text, got ${show(name)}; errors and profiles call the kernel so`,
    );
  }
  if (typeof wgsl !== "string" && typeof wgsl !== "function") {
    throw new Error(
      `customKernel ${name}: wgsl must be a WGSL module, or a function that returns one, got ${show(wgsl)}`,
    );
  }
  for (const member of ["outputs", "workgroups", "reference"] as const) {
    if (typeof given[member] === "function") continue;
    throw new Error(
      `customKernel ${name}: ${member} must be a function of the inputs, got ${show(given[member])}`,
    );
  }
  return `customKernel ${name}`;
}

function outputsOf(op: string, returned: unknown): readonly Aval[] {
  const outputs: readonly unknown[] = Array.isArray(returned) ? returned : [returned];
  if (outputs.length === 0)
    throw new Error(`${op}: outputs must return at least one { shape, dtype }, got []`);
  return outputs.map((output, k) => {
    if (typeof output !== "object" || output === null || !("shape" in output && "dtype" in output)) {
      throw new Error(
        `${op}: outputs must return { shape, dtype }, or an array of them, got ${show(output)} for output ${k}`,
      );
    }
    // Looked at below.
    const { shape, dtype } = output as Aval;
    expectShape(op, shape);
    expectDTypeName(op, dtype);
    return { shape, dtype };
  });
}

/** What can be seen of a module without a compiler: its entry point, and how many buffers it takes. */
function expectModule(op: string, code: unknown, inputs: number, outputs: number): void {
  if (typeof code !== "string" || !/\bfn\s+main\s*\(/.test(code)) {
    throw new Error(
      `${op}: wgsl must have an entry point "@compute @workgroup_size(64) fn main(...)", got ${typeof code === "string" ? "none" : show(code)}`,
    );
  }
  const bindings = [...code.matchAll(/@binding\(\s*(\d+)\s*\)/g)].map(([, number]) => Number(number));
  const beyond = bindings.find((number) => number >= inputs + outputs);
  if (beyond === undefined) return;
  throw new Error(
    `${op}: wgsl has @binding(${beyond}), but with ${inputs} inputs and ${outputs} outputs the bindings are 0 to ${inputs + outputs - 1}, inputs first`,
  );
}

function workgroupsOf(op: string, counts: unknown): readonly [number, number, number] {
  const list: readonly unknown[] = Array.isArray(counts) ? counts : [counts];
  const isCount = (count: unknown): count is number => Number.isInteger(count) && Number(count) >= 1;
  if (list.length === 0 || list.length > 3 || !list.every(isCount)) {
    throw new Error(
      `${op}: workgroups must be one to three whole numbers of at least 1, got ${show(counts)}; Math.ceil(elements / 64) for one invocation per element`,
    );
  }
  const [x, y = 1, z = 1] = list;
  return [x!, y, z];
}
