import { describeMethod } from "@clidim/denoise";
import { methods } from "@clidim/methods";
import type { MethodForm } from "../../engine/engine.js";
import { hasComputer } from "../device.js";
import { formKeys } from "./formKeys.js";

/** The form of every method. */
export async function methodForms(): Promise<readonly MethodForm[]> {
  const available = await hasComputer();
  return methods.all.map((method) => {
    const described = describeMethod(method);
    if (method.kind === "classical") {
      return { ...described, keys: [], front: [], available: true };
    }
    const { common } = method.space;
    return {
      ...described,
      keys: formKeys(method),
      front: Object.keys(common).filter((key) => key !== "preset"),
      available,
    };
  });
}
