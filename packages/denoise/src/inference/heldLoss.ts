import { type Normalization, normalize, type Plane } from "@clidim/imaging";
import { compile, foldIn, key, type Tensor, tensor } from "@clidim/tensor";
import type { MethodVariables, TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";

/** How bad a network is on a noisy page in grey values, by the method's own judgement: the lower the better. */
export type HeldLoss = (
  variables: MethodVariables,
  noisy: Plane,
  normalization: Normalization,
) => Promise<number>;

/** Sets the draws of validation apart from those of the updates, which fold their numbers into the seed's key. */
const HELD = 0x68656c64;

/**
 * The loss of held-out noisy pages; undefined where the method has none, as it is judged by clean images. Pages are cut at the right and the bottom to what the network takes. What the
 * method draws is the same in every call, so that figures of one run differ by the network alone.
 */
export function heldLoss<C extends RunConfiguration>(
  method: Pick<TrainedMethod<C>, "held" | "geometry">,
  configuration: C,
  seed: number,
): HeldLoss | undefined {
  const loss = method.held?.(configuration);
  if (!loss) return undefined;
  const { multiple } = method.geometry(configuration);
  const run = compile(
    function held(variables: MethodVariables, x: Tensor) {
      return loss(variables, x, foldIn(key(seed), HELD));
    },
    { donate: [1] },
  );
  return async (variables, { width, height, data }, normalization) => {
    const [columns, rows] = [width, height].map((side) => Math.floor(side / multiple) * multiple) as [
      number,
      number,
    ]; // of two
    const values = normalize(data, normalization);
    const cut = new Float32Array(columns * rows);
    for (let y = 0; y < rows; y++) cut.set(values.subarray(y * width, y * width + columns), y * columns);
    const result = await run(variables, tensor(cut, { shape: [1, rows, columns, 1] }));
    return result.item();
  };
}
