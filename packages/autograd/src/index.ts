export { stopGradient } from "@clidim/tensor";
export { checkpoint } from "./checkpoint.js";
export { type ArgumentGradients, customVjp } from "./customVjp.js";
export {
  type ArgumentIndex,
  type GradientsOf,
  type GradOptions,
  grad,
  type Loss,
  type ValueAndGradients,
  valueAndGrad,
} from "./grad.js";
export { hessianVectorProduct } from "./hessianVectorProduct.js";
export { jvp } from "./jvp.js";
export { type Vjp, vjp } from "./vjp.js";
