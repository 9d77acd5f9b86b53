import type { CompilerOptions, Executable, Executor, Value } from "../executor.js";
import { callWithPlaceholders } from "../graph/placeholders.js";
import { trace } from "../graph/trace.js";
import { whoTraces } from "../graph/tracing.js";
import { expectOptions } from "../primitives/expect.js";
import type { Shape } from "../shape.js";
import { input, Tensor } from "../tensor.js";
import { flattenAt, type Tree, type TreeStructure, unflatten } from "../tree.js";
import { boundedReach } from "./boundedReach.js";
import { chooseExecutor, executorOf } from "./chooseExecutor.js";
import { compilerOptions } from "./compilerOptions.js";
import { expectFiniteArguments, expectFiniteResult } from "./debugNaN.js";
import { evaluateOn, requireValues } from "./evaluate.js";
import { putConstants } from "./putConstants.js";
import type { TreesOnly } from "./treesOnly.js";

export interface CompileOptions extends CompilerOptions {
  /** Positions of arguments whose memory the results may take over. Their tensors cannot be used afterwards. */
  readonly donate?: readonly number[];
  /**
   * `nan`: every call checks arguments and results for NaN and infinity, and waits for the device. Donated arguments keep their memory
   * until the results are found to be finite, so that a call that rejects costs nothing.
   */
  readonly debug?: { readonly nan?: boolean };
  /** Where to run, a device or another executor; by default where the arguments live. */
  readonly device?: Executor;
}

const shapeTexts = new WeakMap<Shape, string>();

/** Dtype and shape as text. The results of a program have the same shape objects every time, so most are known already. */
function signatureOf({ dtype, shape }: Tensor): string {
  let text = shapeTexts.get(shape);
  if (text === undefined) {
    text = `[${shape}]`;
    shapeTexts.set(shape, text);
  }
  return `;${dtype}${text}`;
}

/** The positions of donated arguments as a set; throws for anything but a list of positions. */
export function expectPositions(op: string, positions: readonly number[] = []): ReadonlySet<number> {
  if (!Array.isArray(positions) || !positions.every((k: unknown) => Number.isInteger(k) && Number(k) >= 0)) {
    const came = JSON.stringify(positions);
    throw new Error(
      `${op}: donate lists positions of arguments, as in { donate: [0] } for the first, got ${came ?? typeof positions}`,
    );
  }
  return new Set(positions);
}

/** Who is tracing the function that a call with these arguments stands in, if anybody. */
function whoTracesCall(leaves: readonly Tensor[]): string | undefined {
  const isPlaceholder = ({ definition, value }: Tensor): boolean => definition.op === "input" && !value;
  const inside = whoTraces();
  if (inside !== undefined) return inside;
  const unknown = leaves.filter((leaf) => !leaf.value);
  return boundedReach(unknown).some(isPlaceholder) ? "a function that is being traced" : undefined;
}

type Flat = ReturnType<typeof flattenAt>;

interface Compiled {
  readonly program: Executable;
  /** What the function closes over. */
  readonly captured: readonly Tensor[];
  readonly structure: TreeStructure;
}

/**
 * A function of trees of tensors as a program: `f` is traced once per signature (structure, shapes and dtypes of the arguments),
 * compiled, and replayed from then on. A call records and submits a flat list of commands and does not wait for the GPU; reading
 * a result does.
 *
 * `f` must be synchronous and may depend on nothing but its arguments: other numbers are frozen at the first call. It may not call
 * compiled functions, which are async: that throws.
 */
export function compile<A extends readonly Tree<Tensor>[], R extends Tree<Tensor>>(
  f: (...args: A) => R,
  options?: CompileOptions,
): (...args: A) => Promise<R>;
// The same for trees that are interfaces, and a text for the compiler to print where something is none.
export function compile<A extends readonly unknown[], R>(
  f: ((...args: A) => R) & TreesOnly<A, R>,
  options?: CompileOptions,
): (...args: A) => Promise<R>;
export function compile<A extends readonly Tree<Tensor>[], R extends Tree<Tensor>>(
  f: (...args: A) => R,
  options: CompileOptions = {},
): (...args: A) => Promise<R> {
  if (typeof f !== "function") {
    const came: unknown = f;
    const what = came instanceof Tensor ? came.toString() : came === null ? "null" : typeof came;
    throw new Error(
      `compile: expected a function, got ${what}; pass the function itself, not what it returns`,
    );
  }
  const name = `compile(${f.name || "anonymous"})`;
  expectOptions(name, options, [...compilerOptions, "donate", "debug", "device"]);
  if (options.debug !== undefined) expectOptions(`${name}: debug`, options.debug, ["nan"]);
  const donate = expectPositions(name, options.donate);
  const checked = options.debug?.nan ?? false;
  const programsOf = new WeakMap<Executor, Map<string, Promise<Compiled>>>();

  // Not async itself: what is wrong inside a function that is being traced must not reject a promise that nobody awaits.
  return (...args: A): Promise<R> => {
    let flat: Flat[];
    let leaves: Tensor[];
    let outer: string | undefined;
    try {
      flat = args.map((arg, position) => flattenAt(name, `argument ${position}`, arg));
      leaves = flat.flatMap((tree) => tree.leaves);
      outer = whoTracesCall(leaves);
    } catch (error) {
      return Promise.reject(error);
    }
    if (outer === undefined) return call(args, flat, leaves);
    throw new Error(
      `${name}: called inside ${outer}; compiled functions are async, call the plain function inside and compile the outermost`,
    );
  };

  async function call(args: A, flat: readonly Flat[], leaves: readonly Tensor[]): Promise<R> {
    const donated = flat.flatMap((tree, position) => tree.leaves.map(() => donate.has(position)));
    const device = await chooseExecutor(name, leaves, options.device);
    await putConstants(leaves, device);
    const unknown = leaves.filter(({ value }) => !value);
    if (unknown.length > 0) await evaluateOn(name, unknown, boundedReach(unknown), device, options);

    if (checked) await expectFiniteArguments(name, args);

    const signature = flat
      .map((tree) => `${tree.structure.key}${tree.leaves.map(signatureOf).join("")}`)
      .join("|");
    const programs = programsOf.get(device) ?? new Map<string, Promise<Compiled>>();
    programsOf.set(device, programs);
    let compiled = programs.get(signature);
    if (!compiled) {
      // What is checked afterwards must not have been overwritten.
      compiled = build(args, device, checked ? [] : donated);
      programs.set(signature, compiled);
      compiled.catch(() => programs.delete(signature));
    }
    const { program, captured, structure } = await compiled;
    const run = await program.reserve();

    let inputs: readonly Value[];
    let results: readonly Value[];
    try {
      // Everything is looked at before anything is given away: a refused call must not cost the caller a state.
      const uses = new Map<Tensor, number>();
      for (const tensor of [...leaves, ...captured]) uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
      inputs = [...leaves, ...captured].map((tensor, k) => {
        if (donated[k] && uses.get(tensor)! > 1) {
          throw new Error(
            `${name}: ${tensor} is donated and used twice (passed again or closed over); pass a copy of it`,
          );
        }
        return tensor.value!;
      });
      results = run.start(inputs);
    } catch (error) {
      run.cancel();
      throw error;
    }
    const outputs = results.map((value, k) => {
      const { shape, dtype } = program.outputs[k]!;
      const tensor = input(shape, dtype);
      tensor.materialize(value);
      return tensor;
    });
    // The structure was taken from what f returned.
    const result = unflatten(structure, outputs) as R;
    if (checked) {
      await expectFiniteResult(name, result).catch((error: unknown) => {
        run.cancel();
        throw error;
      });
    }

    leaves.forEach((leaf, k) => {
      if (donated[k]) leaf.donate(name);
    });
    const kept = new Set(results);
    // Last first: the pool then gives the next call's results the places of this call's arguments, one for one.
    for (let k = inputs.length - 1; k >= 0; k--) {
      const value = inputs[k]!;
      if (donated[k] && !kept.has(value)) value.release();
    }
    return result;
  }

  async function build(args: A, device: Executor, donated: readonly boolean[]): Promise<Compiled> {
    const { outputs, structure, placeholders } = callWithPlaceholders(name, f, args);
    const reached = boundedReach(outputs, placeholders);
    const home = executorOf(name, reached);
    if (home && home !== device) {
      throw new Error(
        `${name}: runs on ${device.name} but closes over a tensor on ${home.name}; pass it as an argument or move it`,
      );
    }
    await putConstants(reached, device);
    const { graph, leaves } = trace(outputs, placeholders);
    const captured = leaves.slice(placeholders.length);
    requireValues(name, captured);
    const mask = leaves.map((_, k) => donated[k] ?? false);
    return { program: await device.compile(graph, mask, options), captured, structure };
  }
}
