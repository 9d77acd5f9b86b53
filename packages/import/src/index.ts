export { isModelDescription } from "./denoiser/archiveDescription.js";
export { importDenoiser } from "./denoiser/importDenoiser.js";
export { type ImportedModel, importOnnx } from "./onnx/importOnnx.js";
export type { OnnxPort } from "./onnx/onnxFile.js";
