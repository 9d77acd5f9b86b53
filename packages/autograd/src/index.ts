export { stopGradient } from "@clidim/tensor";
export type { ArgumentIndex, GradientsOf } from "./argumentIndex.js";
export { checkpoint } from "./checkpoint.js";
export { type ArgumentGradients, customVjp } from "./customVjp.js";
export {
  type GradOptions,
  grad,
  type Loss,
  type ValueAndGradients,
  valueAndGrad,
} from "./grad.js";
export { hessian } from "./hessian.js";
export { hessianVectorProduct } from "./hessianVectorProduct.js";
export { type Jacobian, type JacobianOptions, jacobian } from "./jacobian.js";
export { jvp } from "./jvp.js";
export { type Linearized, linearize } from "./linearize.js";
export type { AxesOf } from "./mappedAxes.js";
export { type Vjp, vjp } from "./vjp.js";
export { type VmapOptions, vmap } from "./vmap.js";
