export { stopGradient } from "@clidim/tensor";
export { checkpoint } from "./checkpoint.js";
export { type ArgumentGradients, customVjp } from "./customVjp.js";
export {
  type ArgumentIndex,
  grad,
  type GradientsOf,
  type GradOptions,
  type Loss,
  valueAndGrad,
  type ValueAndGradients,
} from "./grad.js";
export { hessianVectorProduct } from "./hessianVectorProduct.js";
export { jvp } from "./jvp.js";
export { type Vjp, vjp } from "./vjp.js";
