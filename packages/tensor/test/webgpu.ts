import { Device, defaultExecutor } from "../src/index.js";

let opened: Promise<Device> | undefined;

/** The default executor where that is a WebGPU device, else one: for what only such a device has. */
export async function webgpu(): Promise<Device> {
  const executor = await defaultExecutor();
  if (executor instanceof Device) return executor;
  opened ??= Device.open();
  return opened;
}
