import { expectFiniteArguments, expectFiniteResult } from "./debugNaN.js";
import { type Device, defaultDevice } from "./device/device.js";
import { deviceOf, evaluate, requireValues, uploadConstants } from "./evaluate.js";
import { callWithPlaceholders } from "./graph/placeholders.js";
import { reach, trace } from "./graph/trace.js";
import { type CompilerOptions, Program } from "./program.js";
import type { Shape } from "./shape.js";
import { input, type Tensor } from "./tensor.js";
import { flattenAt, type Tree, type TreeStructure, unflatten } from "./tree.js";

export interface CompileOptions extends CompilerOptions {
  /** Positions of arguments whose memory the results may take over. Their tensors cannot be used afterwards. */
  readonly donate?: readonly number[];
  /** `nan`: every call checks arguments and results for NaN and infinity, and waits for the device. */
  readonly debug?: { readonly nan?: boolean };
  /** Where to run; by default where the arguments live. */
  readonly device?: Device;
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

interface Compiled {
  readonly program: Program;
  /** What the function closes over. */
  readonly captured: readonly Tensor[];
  readonly structure: TreeStructure;
}

/**
 * A function of trees of tensors as a program: `f` is traced once per signature (structure, shapes and dtypes of the arguments),
 * compiled, and replayed from then on. A call records and submits a flat list of commands and does not wait for the GPU; reading
 * a result does.
 *
 * `f` must be synchronous and may depend on nothing but its arguments: other numbers are frozen at the first call.
 */
export function compile<A extends readonly Tree<Tensor>[], R extends Tree<Tensor>>(
  f: (...args: A) => R,
  options: CompileOptions = {},
): (...args: A) => Promise<R> {
  const name = `compile(${f.name || "anonymous"})`;
  const donate = new Set(options.donate ?? []);
  const programsOf = new WeakMap<Device, Map<string, Promise<Compiled>>>();

  return async (...args: A): Promise<R> => {
    const flat = args.map((arg, position) => flattenAt(name, `argument ${position}`, arg));
    const leaves = flat.flatMap((tree) => tree.leaves);
    const donated = flat.flatMap((tree, position) => tree.leaves.map(() => donate.has(position)));
    const device = options.device ?? deviceOf(name, leaves) ?? (await defaultDevice());
    uploadConstants(leaves, device);
    if (leaves.some(({ buffer }) => !buffer)) await evaluate(leaves, { ...options, device });

    if (options.debug?.nan) await expectFiniteArguments(name, args);

    const signature = flat
      .map((tree) => `${tree.structure.key}${tree.leaves.map(signatureOf).join("")}`)
      .join("|");
    const programs = programsOf.get(device) ?? new Map<string, Promise<Compiled>>();
    programsOf.set(device, programs);
    let compiled = programs.get(signature);
    if (!compiled) {
      compiled = build(args, device, donated);
      programs.set(signature, compiled);
      compiled.catch(() => programs.delete(signature));
    }
    const { program, captured, structure } = await compiled;

    // Everything is looked at before anything is given away: a refused call must not cost the caller a state.
    const uses = new Map<Tensor, number>();
    for (const tensor of [...leaves, ...captured]) uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
    const inputs = [...leaves, ...captured].map((tensor, k) => {
      if (donated[k] && uses.get(tensor)! > 1) {
        throw new Error(
          `${name}: ${tensor} is donated and used twice (passed again or closed over); pass a copy of it`,
        );
      }
      return tensor.buffer!;
    });
    leaves.forEach((leaf, k) => {
      if (donated[k]) leaf.donate(name);
    });
    const results = program.run(inputs);
    const kept = new Set(results);
    // Last first: the pool then gives the next call's results the places of this call's arguments, one for one.
    for (let k = inputs.length - 1; k >= 0; k--) {
      const buffer = inputs[k]!;
      if (donated[k] && !kept.has(buffer)) buffer.release();
    }
    const outputs = results.map((buffer, k) => {
      const { shape, dtype } = program.outputs[k]!;
      const tensor = input(shape, dtype);
      tensor.materialize(buffer);
      return tensor;
    });
    // The structure was taken from what f returned.
    const result = unflatten(structure, outputs) as R;
    if (options.debug?.nan) await expectFiniteResult(name, result);
    return result;
  };

  async function build(args: A, device: Device, donated: readonly boolean[]): Promise<Compiled> {
    const { result, placeholders } = callWithPlaceholders(f, args);
    if (result instanceof Promise) {
      throw new Error(
        `${name}: the function is async, but nothing runs while it is traced; make it synchronous`,
      );
    }
    const { leaves: outputs, structure } = flattenAt(name, "the result", result);
    const reached = reach(outputs, placeholders);
    const home = deviceOf(name, reached);
    if (home && home !== device) {
      throw new Error(
        `${name}: runs on ${device} but closes over a tensor on ${home}; pass it as an argument or move it`,
      );
    }
    uploadConstants(reached, device);
    const { graph, leaves } = trace(outputs, placeholders);
    const captured = leaves.slice(placeholders.length);
    requireValues(name, captured);
    const mask = leaves.map((_, k) => donated[k] ?? false);
    return { program: await Program.build(graph, device, mask, options), captured, structure };
  }
}
