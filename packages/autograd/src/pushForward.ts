import { apply, type Definition, type PrimitiveParams, type Tensor, zerosLike } from "@clidim/tensor";
import { describe } from "@clidim/tensor/expect";
import { sameAval } from "./aval.js";
import { pushForwardCond } from "./condGradient.js";
import { customCallOf } from "./customCall.js";
import { type DifferentiatedProgram, isDifferentiated } from "./programs.js";
import type { Operation } from "./rules/rule.js";
import { pushForwardScan } from "./scanGradient.js";
import { jvpRules } from "./tangents/index.js";
import { pullBack, record, type Tape } from "./tape.js";
import { pushForwardWhile } from "./whileTangent.js";

/**
 * Forward mode: the tangents of the tape's outputs, given those of its inputs. Undefined stands for zero on both sides. Throws when a rule returns a tangent that is not of its
 * value's shape and dtype.
 */
export function pushForward(tape: Tape, tangents: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
  const known = new Map<Tensor, Tensor>();
  tape.inputs.forEach((input, i) => {
    const tangent = tangents[i];
    if (tangent && tape.active.has(input)) known.set(input, tangent);
  });
  for (const { results, definition, positions } of tape.calls) {
    const given = definition.inputs.map((input) => known.get(input));
    if (!given.some((tangent) => tangent !== undefined)) continue;
    if (definition.op === "customVjp") {
      const { argumentCount } = customCallOf(definition.params);
      const made = customTangents(definition.inputs, definition.params, given.slice(1, 1 + argumentCount));
      for (const [result, tangent] of made) known.set(result, tangent);
    } else if (isDifferentiated(definition)) {
      const made = pushForwardProgram(definition, given);
      results.forEach((result, k) => {
        const tangent = made[positions[k]!];
        if (tangent) known.set(result, tangent);
      });
    } else {
      const [output] = results as [Tensor];
      const tangent = tangentOf(definition, output, given);
      if (!tangent) continue;
      if (!sameAval(tangent, output)) {
        throw new Error(
          `jvp of ${definition.op}: the tangent is ${describe(tangent)}, but the value is ${describe(output)}; its rule must return the value's shape and dtype`,
        );
      }
      known.set(output, tangent);
    }
  }
  return tape.outputs.map((output) => known.get(output));
}

function pushForwardProgram(
  definition: DifferentiatedProgram,
  given: readonly (Tensor | undefined)[],
): readonly (Tensor | undefined)[] {
  switch (definition.op) {
    case "scan":
      return pushForwardScan(definition.inputs, definition.params, given, record, pushForward);
    case "cond":
      return pushForwardCond(definition.inputs, definition.params, given, record, pushForward);
    case "whileLoop":
      return pushForwardWhile(definition.inputs, definition.params, given, record, pushForward);
    default:
      return definition satisfies never;
  }
}

function tangentOf(
  { op, inputs, params }: Exclude<Definition, DifferentiatedProgram | { readonly op: "customVjp" }>,
  output: Tensor,
  tangents: readonly (Tensor | undefined)[],
): Tensor | undefined {
  // The name selects the rule that the parameters belong to; TypeScript cannot correlate the two across a union.
  const rule = jvpRules[op] as (
    tangents: readonly (Tensor | undefined)[],
    operation: Pick<Operation<typeof op>, "inputs" | "output"> & { readonly params: unknown },
  ) => Tensor | undefined;
  return rule(tangents, { inputs, output, params });
}

/** What `backward` says of a call's gradients is linear in the cotangents of its results; the transposed map takes the tangents of the arguments to those of the results. */
function customTangents(
  inputs: readonly Tensor[],
  params: PrimitiveParams["customVjp"],
  tangents: readonly (Tensor | undefined)[],
): Map<Tensor, Tensor> {
  const { argumentCount, results, backward } = customCallOf(params);
  // A linear map is the same wherever its transpose is taken.
  const cotangents = results.map((result) => apply("identity", [zerosLike(result)], {}));
  const gradients = backward(inputs.slice(1, 1 + argumentCount), results, cotangents);
  const moved = gradients.flatMap((gradient, i) => {
    const tangent = tangents[i];
    return gradient && tangent ? [{ gradient, tangent }] : [];
  });
  const tape = record(
    cotangents,
    moved.map(({ gradient }) => gradient),
  );
  const transposed = pullBack(
    tape,
    moved.map(({ tangent }) => tangent),
  );
  return new Map(
    results.flatMap((result, i): [Tensor, Tensor][] => {
      const tangent = transposed[i];
      return tangent ? [[result, tangent]] : [];
    }),
  );
}
