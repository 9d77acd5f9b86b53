import arctangent from "../../../../../../shaders/arctangent.wgsl?raw";
import errorFunction from "../../../../../../shaders/errorFunction.wgsl?raw";
import expMinusOne from "../../../../../../shaders/expMinusOne.wgsl?raw";
import half from "../../../../../../shaders/half.wgsl?raw";
import hyperbolicTangent from "../../../../../../shaders/hyperbolicTangent.wgsl?raw";
import threefry from "../../../../../../shaders/threefry.wgsl?raw";
import type { WgslFunction } from "../../../primitives/elementwiseRow.js";

/** The text of the functions that generated kernels call. */
export const wgslFunctions: Readonly<Record<WgslFunction | "threefry" | "half", string>> = {
  arctangent,
  errorFunction,
  expMinusOne,
  half,
  hyperbolicTangent,
  threefry,
};
