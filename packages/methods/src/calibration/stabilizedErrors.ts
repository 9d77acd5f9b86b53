import { addedNoiseErrors, type Contest, hiddenErrors, withoutHotPixels } from "@clidim/denoise";
import { type NoiseCorrelation, type Plane, stabilizer } from "@clidim/imaging";

/** `Contest.hiddenErrors` of a denoiser of variance-stabilised pages, which is told what pixels share of the noise. */
export function stabilizedErrors<P>(
  denoise: (page: Plane, parameters: P, correlation?: NoiseCorrelation) => Plane,
): Contest<P>["hiddenErrors"] {
  return ({ part: seen, noise, along }, set, parameters) => {
    const part = withoutHotPixels(seen);
    if (noise.correlation) {
      return addedNoiseErrors({ seen, part }, noise, set, (page, own) =>
        stabilizer(page, own)((stable, correlation) => denoise(stable, parameters, correlation)),
      );
    }
    return hiddenErrors(
      { seen, part, along },
      stabilizer(part, noise),
      (page, at) => denoise(page, at),
      parameters,
      set,
    );
  };
}
