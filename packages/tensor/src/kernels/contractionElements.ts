import elementsPart from "../../../../shaders/elements.wgsl?raw";
import type { DType } from "../dtype.js";
import { type Constants, preprocess } from "./preprocess.js";
import type { BindingKind, KernelSource } from "./step.js";

/** How the operands and the result of a kernel lie in memory. Sums are f32, and so are parts of them that are added up later. */
export interface ElementTypes {
  readonly operand: DType;
  readonly result: DType;
}

/** The text that `#include elements` stands for, and the constants that it asks for; `matrices`: subgroup matrices are used. */
export const elementParts: Readonly<Record<string, string>> = { elements: elementsPart };

export const elementConstants = ({ operand, result }: ElementTypes, matrices = false): Constants => ({
  OPERAND_HALF: operand === "f16" ? 1 : 0,
  RESULT_HALF: result === "f16" ? 1 : 0,
  SUBGROUP_MATRIX: matrices ? 1 : 0,
});

/** Tells kernels apart that differ in nothing else. */
export const elementKey = ({ operand, result }: ElementTypes): string => `${operand} ${result}`;

/** What labels of kernels say of halves: nothing where there are none. */
export const elementLabel = ({ operand, result }: ElementTypes): string =>
  operand === "f16" || result === "f16" ? " f16" : "";

/** Kernels of one text that depend on nothing but the types of their elements. */
export function elementKernels(
  label: string,
  source: string,
  immediateSize: number,
  bindings: readonly BindingKind[] = ["read", "read", "write"],
  constants: Constants = {},
  parts: Readonly<Record<string, string>> = {},
): (types: ElementTypes) => KernelSource {
  const kernels: Map<string, KernelSource> = new Map();
  return (types) => {
    const key = elementKey(types);
    let kernel = kernels.get(key);
    if (kernel === undefined) {
      kernel = {
        label: `${label}${elementLabel(types)}`,
        code: preprocess(source, { ...constants, ...elementConstants(types) }, { ...parts, ...elementParts }),
        bindings,
        immediateSize,
      };
      kernels.set(key, kernel);
    }
    return kernel;
  };
}
