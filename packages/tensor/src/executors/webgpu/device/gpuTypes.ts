/**
 * WebGPU's interfaces as the program that is being compiled has them: from TypeScript's DOM library or from `@webgpu/types`; `unknown`
 * where it has neither. Declarations that named the globals would not compile there, and neither source suits everybody: older DOM
 * libraries have no WebGPU, and newer ones clash with the package.
 */
type Global<Name extends string> =
  typeof globalThis extends Record<Name, { readonly prototype: infer Instance }> ? Instance : unknown;

export type GPUAdapterInfo = Global<"GPUAdapterInfo">;
export type GPUBindGroupLayout = Global<"GPUBindGroupLayout">;
export type GPUBuffer = Global<"GPUBuffer">;
export type GPUComputePipeline = Global<"GPUComputePipeline">;
export type GPUDevice = Global<"GPUDevice">;
export type GPUError = Global<"GPUError">;
export type GPUQuerySet = Global<"GPUQuerySet">;
