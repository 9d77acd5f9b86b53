import elementsPart from "../../../../../../shaders/elements.wgsl?raw";
import type { DType } from "../../../dtype.js";
import type { BindingKind } from "../device/kernelSource.js";
import { type Constants, preprocess } from "./preprocess.js";
import type { Shader } from "./shader.js";
import type { Kernel, Store } from "./step.js";

/** How the operands and the result of a kernel lie in memory. Sums are f32, and so are parts of them that are added up later. */
export interface ElementTypes {
  readonly operand: DType;
  readonly result: DType;
}

/** The text that `#include elements` stands for, and the constants that it asks for; `matrices`: subgroup matrices are used; `subgroup`: the size of subgroups that the kernel asks for, if any. */
export const elementParts: Readonly<Record<string, string>> = { elements: elementsPart };

export const elementConstants = (
  { operand, result }: ElementTypes,
  store?: Store,
  matrices = false,
  subgroup = 0,
): Constants => ({
  OPERAND_HALF: operand === "f16" ? 1 : 0,
  RESULT_HALF: result === "f16" ? 1 : 0,
  STORE_HALF: store?.halves ? 1 : 0,
  SUBGROUP_MATRIX: matrices ? 1 : 0,
  ASKED_SUBGROUP: subgroup,
});

/** Tells kernels apart that differ in nothing else. */
export const elementKey = ({ operand, result }: ElementTypes): string => `${operand} ${result}`;

/** What labels of kernels say of halves: nothing where there are none. */
export const elementLabel = ({ operand, result }: ElementTypes): string =>
  operand === "f16" || result === "f16" ? " f16" : "";

/** Kernels of one text that depend on nothing but the types of their elements and, where they include one, on what becomes of their sums. */
export function elementKernels(
  label: string,
  { source }: Shader,
  bindings: readonly BindingKind[] = ["read", "read"],
  constants: Constants = {},
  parts: Readonly<Record<string, string>> = {},
): (types: ElementTypes, store?: Store) => Kernel {
  const kernels: Map<string, Kernel> = new Map();
  return (types, store) => {
    const key = `${elementKey(types)} ${store?.code ?? ""}`;
    let kernel = kernels.get(key);
    if (kernel === undefined) {
      kernel = {
        label: `${label}${elementLabel(types)}${store?.label ?? ""}`,
        code: preprocess(
          source,
          { ...constants, ...elementConstants(types, store) },
          { ...parts, ...elementParts, ...(store ? { store: store.code } : {}) },
        ),
        bindings: [...bindings, ...(store?.bindings ?? [])],
      };
      kernels.set(key, kernel);
    }
    return kernel;
  };
}
