import {
  estimateNoise,
  InputError,
  type LazyPage,
  measuredPart,
  type NoiseMeasurement,
  type NoiseModel,
  percentiles,
} from "@clidim/imaging";

/** Below, an image does not tell its noise, pixels. */
const SMALLEST = 16;

/**
 * Refuses measured noise that is none, or no number, at the grey value in the middle of an image that has noise there itself: whoever goes by it would take nothing away, or everything. An `InputError`.
 */
export async function checkNoiseLine(
  { gain, offset }: Pick<NoiseMeasurement, "gain" | "offset">,
  { name, page }: { readonly name: string; readonly page: LazyPage },
): Promise<void> {
  if (Math.min(page.width, page.height) < SMALLEST) return;
  const plane = await page.read(await measuredPart([page]));
  const [middle, bright] = percentiles([plane], [50, 99]) as [number, number]; // one value per percentage
  const at = (signal: number, model: NoiseModel): number => model.gain * signal + model.offset;
  const noise = { gain, offset };
  if (![middle, bright].every((signal) => Number.isFinite(at(signal, noise)))) {
    throw new InputError(
      `the noise model says nothing that is a number at the grey values of ${name} (gain ${gain}, offset ${offset}, up to ${bright.toPrecision(4)}); measure the noise with the camera settings of the images, or leave the model out`,
      { keys: ["noise"] },
    );
  }
  const own = at(middle, estimateNoise(plane));
  if (at(middle, noise) > 0 || !(own > 0)) return;
  throw new InputError(
    `the noise model has no noise at ${middle.toPrecision(4)} grey values (its line, gain ${gain.toPrecision(4)} and offset ${offset.toPrecision(4)}, is at 0 below ${(-offset / gain).toPrecision(4)}), where half of ${name} is darker and its noise seems to be ${Math.sqrt(own).toPrecision(3)}: the result would be wrong; measure the noise with the camera settings of the images, black level included, or leave the model out`,
    { keys: ["noise"] },
  );
}
