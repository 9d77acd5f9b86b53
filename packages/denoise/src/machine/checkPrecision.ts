import { InputError } from "@clidim/imaging";
import { Device } from "@clidim/tensor";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import type { Computer } from "./adapter.js";
import { halfSelfTest } from "./selfTest.js";

/**
 * Throws an `InputError` where a device cannot train with a configuration's precision: mixed needs shader-f16, and halves that pass the self-test. There is
 * no falling back to float32, with which a checkpoint could not go on.
 */
export async function checkPrecision(
  device: Computer,
  { precision }: Pick<RunConfiguration, "precision">,
): Promise<void> {
  if (precision === "float32") return;
  if (!(device instanceof Device) || !device.traits.features.has("shader-f16")) {
    throw new InputError(
      `precision is mixed, which needs an adapter with the feature shader-f16, and ${device} has none; train with precision float32`,
      { keys: ["precision"] },
    );
  }
  const wrong = (await halfSelfTest(device)).filter(({ passed }) => !passed);
  if (wrong.length > 0) {
    throw new InputError(
      `precision is mixed, but ${device} computes wrongly with halves (self-test ${wrong.map(({ name }) => name).join(", ")}); ` +
        "update its driver, or train with precision float32",
      { keys: ["precision"] },
    );
  }
}
