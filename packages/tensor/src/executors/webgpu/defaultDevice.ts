import { defaultExecutor } from "../../defaultExecutor.js";
import { Device } from "./device.js";

/**
 * The device of tensors that were not put anywhere: opened at the first use. Rejects where there is no adapter, and where another executor was made the default.
 */
export async function defaultDevice(): Promise<Device> {
  const executor = await defaultExecutor();
  if (executor instanceof Device) return executor;
  throw new Error(
    `defaultDevice: ${executor.name} was made the default, which is no device; use defaultExecutor, or open a device with Device.open`,
  );
}
