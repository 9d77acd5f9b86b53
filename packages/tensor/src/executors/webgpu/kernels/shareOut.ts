import { type Shape, sizeOf } from "../../../shape.js";
import type { Reduction } from "../../fusion/reduction.js";
import type { Shares } from "../../fusion/target.js";
import type { AdapterTraits } from "../device/adapterTraits.js";

/** The terms that one invocation adds up; more would lose digits and leave invocations idle. */
const maxTerms = 512;
const minTerms = 16;
/** Invocations that a software adapter is given, and those that keep a large GPU busy. */
const softwareInvocations = 1024;
export const gpuInvocations = 65536;
/** Invocations of a workgroup that adds up together. */
export const togetherSize = 256;
/** On a GPU, so many turns cost less than the kernel that would add up parts. */
const cheapTurns = 32;
/** Neighbouring outputs that are read in one access of memory, and the fewest where little is read. */
const [neighbours, fewNeighbours] = [16, 4];

/** How the terms of a reduction are shared out. */
export function sharesOf({ shape, params }: Reduction, operand: Shape, traits: AdapterTraits): Shares {
  const outputs = sizeOf(shape);
  const terms = sizeOf(operand) / outputs;
  if (traits.kind === "software") return { parts: alone(outputs, terms, softwareInvocations), lanes: 1 };
  const innermost = operand.findLastIndex((extent) => extent > 1);
  return params.axes.includes(innermost)
    ? sharesAlongTerms(outputs, terms)
    : sharesAlongOutputs(outputs, terms);
}

/** Invocations per output. */
const alone = (outputs: number, terms: number, invocations: number): number =>
  Math.max(
    Math.min(Math.max(1, Math.floor(terms / minTerms)), Math.round(invocations / outputs)),
    Math.ceil(terms / maxTerms),
    1,
  );

/** Neighbouring invocations read neighbouring terms: as many for an output as one access of memory has, where there are so many terms. */
function sharesAlongTerms(outputs: number, terms: number): Shares {
  const invocations = Math.max(alone(outputs, terms, gpuInvocations), Math.min(32, Math.floor(terms / 4)));
  return shares(invocations, terms, togetherSize, togetherSize);
}

/** Neighbouring invocations read the same terms of neighbouring outputs. */
function sharesAlongOutputs(outputs: number, terms: number): Shares {
  const width = powerAbove(outputs);
  const lanes = (wanted: number): number => togetherSize / Math.min(wanted, width);
  return shares(alone(outputs, terms, gpuInvocations), terms, lanes(neighbours), lanes(fewNeighbours));
}

/** So many invocations per output in workgroups of `lanes` for each, or in one of up to `most` where that is quick. */
function shares(invocations: number, terms: number, lanes: number, most: number): Shares {
  if (invocations <= most || terms <= cheapTurns * most)
    return { parts: 1, lanes: Math.min(most, powerAbove(invocations)) };
  return { parts: Math.ceil(invocations / lanes), lanes };
}

/** The invocations that fold the parts of an element together, a power of two: until a GPU is busy; one, where there is little to fold. */
export function lanesForParts(elements: number, rows: number, { kind }: AdapterTraits): number {
  if (kind === "software") return 1;
  const lanes = Math.min(64, rows / 2, (2 * gpuInvocations) / elements);
  return lanes < 4 ? 1 : 2 ** Math.floor(Math.log2(lanes));
}

/** The least power of two that is not below n. */
export const powerAbove = (n: number): number => 2 ** Math.ceil(Math.log2(n));
