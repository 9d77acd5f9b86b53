import { openDefaultWith } from "./defaultExecutor.js";
import { Device } from "./executors/webgpu/device.js";
import { evaluate } from "./run/evaluate.js";
import { evaluateWith } from "./tensor.js";

export { defaultExecutor, hasDefaultExecutor, setDefaultDevice } from "./defaultExecutor.js";
export { DeviceError } from "./deviceError.js";
export { beta } from "./distributions/beta.js";
export { binomial } from "./distributions/binomial.js";
export { cauchy, exponential, gumbel, laplace, logistic } from "./distributions/byInversion.js";
export { type CategoricalOptions, categorical } from "./distributions/categorical.js";
export { type ChoiceOptions, choice } from "./distributions/choice.js";
export { dirichlet } from "./distributions/dirichlet.js";
export { gamma } from "./distributions/gamma.js";
export { multivariateNormal } from "./distributions/multivariateNormal.js";
export { poisson } from "./distributions/poisson.js";
export { truncatedNormal } from "./distributions/truncatedNormal.js";
export { type DType, isFloat, type TypedArray, type TypedArrayOf } from "./dtype.js";
export type {
  CompilerOptions,
  Executable,
  Executor,
  NotFinite,
  Run,
  TunedProduct,
  Value,
} from "./executor.js";
export type { DispatchTiming, KernelTiming, Timings } from "./executors/timings.js";
export { defaultDevice } from "./executors/webgpu/defaultDevice.js";
export type { Compilation } from "./executors/webgpu/device/pipelines.js";
export { Device, type DeviceStats } from "./executors/webgpu/device.js";
export type { DeviceOptions } from "./executors/webgpu/open.js";
export { crc32 } from "./files/crc32.js";
export type { HostTensor } from "./files/hostTensor.js";
export { readNpy, writeNpy } from "./files/npy.js";
export { readNpz, writeNpz } from "./files/npz.js";
export {
  openSafetensors,
  type RandomAccess,
  readSafetensors,
  type Safetensors,
  type SafetensorsFile,
  type SafetensorsSource,
  streamSafetensors,
  writeSafetensors,
} from "./files/safetensors.js";
export { fromBrainFloat, fromHalf } from "./float16.js";
export * from "./ops/index.js";
export {
  type Drawable,
  type FromPixelsOptions,
  fromPixels,
  type PixelOptions,
  type Pixels,
  toCanvas,
  toPixels,
} from "./pixels.js";
export type { BinaryName, UnaryName } from "./primitives/elementwise.js";
export type { ConvParams, PrimitiveName, PrimitiveParams } from "./primitives/params.js";
export type { ReferenceValue } from "./primitives/primitive.js";
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
export { type CompileOptions, compile } from "./run/compile.js";
export { dispose } from "./run/dispose.js";
export { evaluate } from "./run/evaluate.js";
export { explain } from "./run/explain.js";
export { type MemoryAnalysis, memoryAnalysis } from "./run/memoryAnalysis.js";
export { type TuneOptions, tune } from "./run/tune.js";
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

// Nothing below this file knows what runs a graph.
evaluateWith(evaluate);
openDefaultWith(() => Device.open());
