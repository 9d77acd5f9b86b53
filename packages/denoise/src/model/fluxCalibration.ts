import { affineOf, type Normalization } from "@clidim/imaging";
import { z } from "zod";

/** The map that gives the results of a network the light of its training images: `gain v + offset` of network values v. */
export interface FluxCalibration {
  readonly gain: number;
  readonly offset: number;
  /** How many crops of training pages it was fitted to. */
  readonly crops: number;
  /** On these, the relative difference of the mean grey value of the network's results to what it should be; none of grey values about 0 (`hasLight`). */
  readonly before?: number | undefined;
}

export const fluxCalibrationSchema: z.ZodType<FluxCalibration> = z.object({
  gain: z.number().positive(),
  offset: z.number(),
  crops: z.number().int().min(1),
  // Null in files of a time when what was not finite was written as well.
  before: z
    .number()
    .nullish()
    .transform((before) => before ?? undefined),
});

/** "results are 1.0098 times the network's plus 0.041 grey values; without, they were 0.93 % too dark on 32 crops of the training images". */
export function fluxText(
  { gain, offset, crops, before }: FluxCalibration,
  normalization: Normalization,
): string {
  const map = affineOf(normalization);
  // v = scale g + shift, so that g becomes gain g + ((gain - 1) shift + offset) / scale.
  const shift = ((gain - 1) * map.offset + offset) / map.scale;
  const fitted =
    before === undefined
      ? ", as fitted to"
      : `; without, they were ${Math.abs(100 * before).toFixed(2)} % too ${before < 0 ? "dark" : "bright"} on`;
  return (
    `results are ${gain.toFixed(4)} times the network's ${shift < 0 ? "minus" : "plus"} ${Math.abs(shift).toPrecision(3)} grey values` +
    `${fitted} ${crops} ${crops === 1 ? "crop" : "crops"} of the training images`
  );
}
