export { type CompileOptions, compile } from "./compile.js";
export {
  Device,
  type DeviceOptions,
  type DeviceStats,
  defaultDevice,
  setDefaultDevice,
} from "./device/device.js";
export { DeviceError } from "./device/deviceError.js";
export type { DispatchTiming, KernelTiming, Timings } from "./device/profiler.js";
export { dispose } from "./dispose.js";
export { type DType, isFloat, type TypedArray, type TypedArrayOf } from "./dtype.js";
export { evaluate } from "./evaluate.js";
export { explain } from "./explain.js";
export type { HostTensor } from "./hostTensor.js";
export { readNpy, writeNpy } from "./npy.js";
export { readNpz, writeNpz } from "./npz.js";
export * from "./ops/index.js";
export type { ConvParams, PrimitiveName, PrimitiveParams } from "./primitives/params.js";
export type { CompilerOptions } from "./program.js";
export {
  bernoulli,
  foldIn,
  key,
  normal,
  permutation,
  randomBits,
  randomInteger,
  split,
  uniform,
} from "./random.js";
export {
  openSafetensors,
  type RandomAccess,
  readSafetensors,
  type Safetensors,
  type SafetensorsFile,
  type SafetensorsSource,
  streamSafetensors,
  writeSafetensors,
} from "./safetensors.js";
export { type Aval, formatShape, type Shape, sizeOf } from "./shape.js";
export { apply, type Definition, input, Tensor } from "./tensor.js";
export {
  flatten,
  flattenAt,
  leavesWithPaths,
  type MapTree,
  mapTree,
  type Tree,
  type TreeStructure,
  unflatten,
} from "./tree.js";
export { type TunedProduct, type TuneOptions, tune } from "./tune.js";
