export {
  type DenoiserFunction,
  type DenoiserFunctionOptions,
  type DenoisingModel,
  denoiserFunction,
} from "./denoiser/denoiserFunction.js";
export type { OpenExtent } from "./onnx/extent.js";
export { type ExportOnnxOptions, exportOnnx, OPSET } from "./onnx/exportOnnx.js";
export type { ModelInput } from "./onnx/sampledGraph.js";
