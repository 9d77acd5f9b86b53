export {
  type BioimageModelOptions,
  exportBioimageModel,
  whyNoBioimageModel,
} from "./bioimage/exportBioimageModel.js";
export { zooNames } from "./bioimage/zooNames.js";
export {
  type DenoiserFunction,
  type DenoiserFunctionOptions,
  type DenoisingModel,
  denoiserFunction,
} from "./denoiser/denoiserFunction.js";
export { type ExportedDenoiser, exportDenoiser } from "./denoiser/exportDenoiser.js";
export { type ExportOnnxOptions, exportOnnx, OPSET } from "./onnx/exportOnnx.js";
export type { OpenExtent } from "./onnx/extent.js";
export { OpenSizeError } from "./onnx/openSizeError.js";
export type { ModelInput } from "./onnx/sampledGraph.js";
