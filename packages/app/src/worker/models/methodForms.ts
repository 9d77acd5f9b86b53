import { describeConfiguration, describeMethod } from "@clidim/denoise";
import { methods } from "@clidim/methods";
import type { MethodForm } from "../../engine/engine.js";
import { hasComputer } from "../device.js";

/** The form of every method. */
export async function methodForms(): Promise<readonly MethodForm[]> {
  const available = await hasComputer();
  return methods.all.map((method) => {
    const described = describeMethod(method);
    if (method.kind === "classical") {
      return { ...described, presets: [], keys: [], front: [], available: true };
    }
    const { presetGuide, common } = method.space;
    return {
      ...described,
      presets: Object.entries(presetGuide).map(([name, description]) => ({ name, description })),
      // An option of its own.
      keys: describeConfiguration(method).filter(({ key }) => key !== "preset"),
      front: Object.keys(common).filter((key) => key !== "preset"),
      available,
    };
  });
}
