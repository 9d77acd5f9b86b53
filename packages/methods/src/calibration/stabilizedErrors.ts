import type { Contest } from "@clidim/denoise";
import { type Plane, stabilizer } from "@clidim/imaging";
import { hiddenErrors } from "./hiddenPixels.js";
import { withoutHotPixels } from "./withoutHotPixels.js";

/** `Contest.hiddenErrors` of a denoiser of variance-stabilised pages. */
export function stabilizedErrors<P>(
  denoise: (page: Plane, parameters: P) => Plane,
): Contest<P>["hiddenErrors"] {
  return ({ part: seen, noise }, set, parameters) => {
    const part = withoutHotPixels(seen);
    return hiddenErrors({ seen, part }, stabilizer(part, noise), denoise, parameters, set);
  };
}
