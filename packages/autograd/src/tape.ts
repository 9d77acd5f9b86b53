import { add, type Definition, isFloat, type PrimitiveParams, type Tensor } from "@clidim/tensor";
import { describe } from "@clidim/tensor/expect";
import { reach } from "@clidim/tensor/graph";
import { sameAval } from "./aval.js";
import { pullBackCond } from "./condGradient.js";
import { customCallOf } from "./customCall.js";
import { type DifferentiatedProgram, isDifferentiated, outputsOf } from "./programs.js";
import { rules } from "./rules/index.js";
import type { Pull } from "./rules/rule.js";
import { pullBackScan } from "./scanGradient.js";

/** One operation on a path from the inputs to the outputs, with its results that lie on one (several for a `customVjp` call and a program). */
interface Call {
  readonly results: Tensor[];
  readonly definition: Definition;
  /** Of a program: which of its results these are. */
  readonly positions: number[];
}

/**
 * The operations between some inputs and some outputs, as they were when it was recorded: computing a tensor afterwards, which makes
 * it forget its definition, takes nothing away.
 */
export interface Tape {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Operands come before results. */
  readonly calls: readonly Call[];
  /** The values that depend on an input differentiably: the only ones whose gradients are built. */
  readonly active: ReadonlySet<Tensor>;
}

/** Records what lies between `inputs` and `outputs`. Only float values take part. */
export function record(inputs: readonly Tensor[], outputs: readonly Tensor[]): Tape {
  // Operands have lower ids than results, so nothing older than the first input depends on one.
  const first = inputs.reduce((least, input) => Math.min(least, input.id), Number.POSITIVE_INFINITY);
  const isInput = new Set(inputs);
  const takesPart = (tensor: Tensor): boolean =>
    tensor.id >= first && isFloat(tensor.dtype) && !isInput.has(tensor);
  const found = reach(outputs.filter(takesPart), ({ definition: { op, inputs: operands } }) =>
    // How the value of a customVjp came about does not matter to its gradient.
    (op === "customVjp" ? operands.slice(1) : operands).filter(takesPart),
  );

  const active = new Set<Tensor>(inputs.filter((input) => isFloat(input.dtype)));
  const calls: Call[] = [];
  const customCalls = new Map<unknown, Call>();
  const programs = new Map<Tensor, Call>();
  for (const tensor of found) {
    const { definition } = tensor;
    if (definition.op === "stopGradient") continue;
    if (definition.op === "result") {
      const program = programs.get(definition.inputs[0]!);
      if (!program) continue;
      program.results.push(tensor);
      program.positions.push(definition.params.index);
    } else if (definition.op !== "customVjp") {
      if (!definition.inputs.some((input) => active.has(input))) continue;
      const isProgram = isDifferentiated(definition);
      const call: Call = { results: isProgram ? [] : [tensor], definition, positions: [] };
      calls.push(call);
      if (isProgram) {
        // Its gradients are those of its results.
        programs.set(tensor, call);
        continue;
      }
    } else {
      const { name, argumentCount } = customCallOf(definition.params);
      const captured = definition.inputs.slice(1 + argumentCount).find((input) => active.has(input));
      if (captured) {
        throw new Error(
          `${name}: the function uses a tensor ${describe(captured)}, which is being differentiated, without taking it as an argument; ` +
            "pass it as an argument, or through stopGradient if its gradient is not wanted",
        );
      }
      if (!definition.inputs.slice(1).some((input) => active.has(input))) continue;
      const known = customCalls.get(definition.params.backward);
      if (known) {
        known.results.push(tensor);
      } else {
        const call: Call = { results: [tensor], definition, positions: [] };
        customCalls.set(definition.params.backward, call);
        calls.push(call);
      }
    }
    active.add(tensor);
  }
  return { inputs, outputs, calls, active };
}

/**
 * Reverse mode: the gradients of the tape's inputs, given those of its outputs. Undefined stands for zero on both sides. Throws when a rule
 * returns a gradient that is not of its input's shape and dtype.
 */
export function pullBack(tape: Tape, cotangents: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
  const gradients = new Map<Tensor, Tensor>();
  const accumulate = (value: Tensor, gradient: Tensor): void => {
    const known = gradients.get(value);
    gradients.set(value, known ? add(known, gradient) : gradient);
  };
  tape.outputs.forEach((output, i) => {
    const cotangent = cotangents[i];
    if (cotangent && tape.active.has(output)) accumulate(output, cotangent);
  });
  for (let i = tape.calls.length - 1; i >= 0; i--) {
    const { results, definition, positions } = tape.calls[i]!;
    if (!results.some((result) => gradients.has(result))) continue;
    const pulls =
      definition.op === "customVjp"
        ? customPulls(definition.inputs, definition.params, gradients)
        : isDifferentiated(definition)
          ? programPulls(definition, tape, results, positions, gradients)
          : pullsOf(
              definition.op,
              gradients.get(results[0]!)!,
              definition.inputs,
              results[0]!,
              definition.params,
            );
    definition.inputs.forEach((input, position) => {
      const pull = tape.active.has(input) ? pulls[position] : undefined;
      if (!pull) return;
      const gradient = pull();
      checkGradient(definition, position, input, gradient);
      accumulate(input, gradient);
    });
  }
  return tape.inputs.map((input) => gradients.get(input));
}

const pullsOf = <P extends keyof typeof rules>(
  op: P,
  gradient: Tensor,
  inputs: readonly Tensor[],
  output: Tensor,
  params: PrimitiveParams[P],
): readonly (Pull | undefined)[] => rules[op](gradient, { inputs, output, params });

function customPulls(
  inputs: readonly Tensor[],
  params: PrimitiveParams["customVjp"],
  gradients: ReadonlyMap<Tensor, Tensor>,
): readonly (Pull | undefined)[] {
  const { argumentCount, results, backward } = customCallOf(params);
  const cotangents = results.map((result) => gradients.get(result));
  const pulled = backward(inputs.slice(1, 1 + argumentCount), results, cotangents);
  // The value itself passes nothing on: its gradient is what `backward` says.
  return [undefined, ...pulled.map((gradient) => gradient && (() => gradient))];
}

function programPulls(
  definition: DifferentiatedProgram,
  tape: Tape,
  results: readonly Tensor[],
  positions: readonly number[],
  gradients: ReadonlyMap<Tensor, Tensor>,
): readonly (Pull | undefined)[] {
  const cotangents: (Tensor | undefined)[] = outputsOf(definition).map(() => undefined);
  results.forEach((result, k) => {
    const position = positions[k]!;
    const [known, gradient] = [cotangents[position], gradients.get(result)];
    cotangents[position] = known && gradient ? add(known, gradient) : (known ?? gradient);
  });
  const isActive = (input: Tensor): boolean => tape.active.has(input);
  const pulled = pullBackProgram(definition, cotangents, isActive);
  return pulled.map((gradient) => gradient && (() => gradient));
}

function pullBackProgram(
  definition: DifferentiatedProgram,
  cotangents: readonly (Tensor | undefined)[],
  isActive: (input: Tensor) => boolean,
): readonly (Tensor | undefined)[] {
  switch (definition.op) {
    case "scan":
      return pullBackScan(definition.inputs, definition.params, cotangents, isActive, record, pullBack);
    case "cond":
      return pullBackCond(definition.inputs, definition.params, cotangents, isActive, record, pullBack);
    case "whileLoop":
      throw new Error(
        "vjp of whileLoop: how many turns there will be is not known, so nothing is kept of them to go back through; use scan, or foriLoop with numbers as bounds, " +
          "with cond or where in turns that may be too many; jvp goes forward through the loop, and stopGradient around it makes it a constant",
      );
    default:
      return definition satisfies never;
  }
}

function checkGradient(definition: Definition, position: number, input: Tensor, gradient: Tensor): void {
  if (sameAval(gradient, input)) return;
  const name = definition.op === "customVjp" ? customCallOf(definition.params).name : definition.op;
  const operand = definition.op === "customVjp" ? `argument leaf ${position - 1}` : `input ${position}`;
  throw new Error(
    `vjp of ${name}: the gradient of ${operand} is ${describe(gradient)}, ` +
      `but the input is ${describe(input)}; its rule must return the input's shape and dtype`,
  );
}
