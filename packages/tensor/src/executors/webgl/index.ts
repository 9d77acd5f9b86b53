export type { GlCanvas } from "./context/glTypes.js";
export { WebglExecutor, type WebglOptions } from "./webglExecutor.js";
