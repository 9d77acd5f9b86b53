export { constant } from "./constant.js";
export { fanInUniform } from "./fanInUniform.js";
export { type KaimingOptions, kaimingNormal, kaimingUniform } from "./kaiming.js";
export { type NormalOptions, normal } from "./normal.js";
export { ones } from "./ones.js";
export { type OrthogonalOptions, orthogonal } from "./orthogonal.js";
export { type UniformOptions, uniform } from "./uniform.js";
export { type XavierOptions, xavierNormal, xavierUniform } from "./xavier.js";
export { zeros } from "./zeros.js";
