export interface GpuOptions {
  readonly validation: boolean;
  readonly adapter?: string;
}

/** The browser's own WebGPU, which validates every call and has the adapter that the browser prefers. */
export async function openGpu(_options: GpuOptions): Promise<GPU> {
  // Node's types know no navigator; workers have one as pages do.
  const { navigator, isSecureContext } = globalThis as {
    navigator?: { gpu?: GPU };
    isSecureContext?: boolean;
  };
  if (navigator?.gpu) return navigator.gpu;
  throw new Error(
    isSecureContext === false
      ? "Device.open: browsers offer WebGPU to secure pages only; serve this one over https, or from localhost"
      : "Device.open: this browser has no WebGPU; use a current Chrome or Edge, Safari 26, or Firefox on Windows or a Mac",
  );
}

/** Browsers name none. */
export const adapterNames = async (): Promise<string[]> => [];

/** Browsers check every call. */
export const alwaysValidates: boolean = true;

/** Pages cannot ask for it. */
export const collectGarbage: (() => void) | undefined = undefined;

/** Browsers do not poll. */
export const waitPatiently = <T>(promise: Promise<T>): Promise<T> => promise;

export const noAdapterHint: string =
  "this browser offers no WebGPU adapter; enable hardware acceleration, on Linux also chrome://flags/#enable-unsafe-webgpu " +
  "(chrome://gpu shows what is missing)";
