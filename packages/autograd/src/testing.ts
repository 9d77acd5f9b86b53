export { type AdjointCheckOptions, checkAdjoint } from "./testing/checkAdjoint.js";
export { checkGradients, type GradientCheckOptions } from "./testing/checkGradients.js";
export { randomNormal } from "./testing/randomNormal.js";
