export interface GpuOptions {
  readonly validation: boolean;
  readonly adapter?: string;
}

/** The browser's own WebGPU. */
export async function openGpu(_options: GpuOptions): Promise<GPU> {
  const gpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (!gpu)
    throw new Error("Device.open: this browser has no WebGPU; use a current Chrome, Edge, Safari or Firefox");
  return gpu;
}

export const noAdapterHint: string =
  "this browser offers no WebGPU adapter; enable hardware acceleration or see chrome://gpu";
