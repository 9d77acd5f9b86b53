import { type Contest, hiddenErrors, withoutHotPixels } from "@clidim/denoise";
import { type Plane, stabilizer } from "@clidim/imaging";

/** `Contest.hiddenErrors` of a denoiser of variance-stabilised pages. */
export function stabilizedErrors<P>(
  denoise: (page: Plane, parameters: P) => Plane,
): Contest<P>["hiddenErrors"] {
  return ({ part: seen, noise, along }, set, parameters) => {
    const part = withoutHotPixels(seen);
    return hiddenErrors({ seen, part, along }, stabilizer(part, noise), denoise, parameters, set);
  };
}
