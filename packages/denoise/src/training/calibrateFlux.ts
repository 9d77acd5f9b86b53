import { affineOf, hasLight, normalize } from "@clidim/imaging";
import { normalizationOf } from "../data/fitConfigured.js";
import { networkPage } from "../data/networkPage.js";
import { denoiser } from "../inference/denoise.js";
import type { FluxCalibration } from "../model/fluxCalibration.js";
import type { MethodVariables } from "../protocol/method.js";
import { announceLong } from "./announceLong.js";
import { type FluxSample, meanOf, withinProducts } from "./fluxSample.js";
import type { TrainingSession } from "./trainingSession.js";

/** A slope outside is that of a network that has learnt too little, and no error of brightness. */
const LEAST_GAIN = 0.8;
const MOST_GAIN = 1.25;

/**
 * The gain and offset in network values that give the results of a network the light that they should have.
 *
 * The gain is the slope of the regression of clean on denoised values within the crops, all together; 1 without clean images, as that of noisy values would follow the noise. The offset makes the
 * mean of the results that of the noisy crops, whose noise has mean zero, plus the sample's mean difference between clean and noisy images.
 *
 * So the brightness of single captures, which drifts, drops out: it is in the noisy and the denoised crop alike. For the gain, the clean crop is given that of its capture, which is the slope of noisy on clean
 * values, relative to what it is over many captures.
 */
export async function calibrateFlux(
  {
    method,
    configuration,
    normalization,
    hooks,
  }: Pick<TrainingSession, "method" | "configuration" | "normalization" | "hooks">,
  { crops, difference, slope: usual }: FluxSample,
  variables: MethodVariables,
): Promise<FluxCalibration> {
  const denoise = denoiser(method, configuration, variables);
  const means = { output: 0, wanted: 0, greyOutput: 0, greyWanted: 0, greyAbsolute: 0 };
  let [squares, products] = [0, 0];
  const announce = announceLong(
    `Calibrating the brightness on ${crops.length} crops of the training images`,
    crops.length,
    hooks.onPhase,
  );
  for (const [i, { noisy, clean }] of crops.entries()) {
    const map = normalizationOf(noisy, configuration, normalization);
    const input = normalize(noisy.data, map);
    const output = await denoise(networkPage(noisy, map, configuration), noisy.width, noisy.height);
    announce(i + 1);
    const mean = meanOf(output);
    const { scale, offset } = affineOf(map);
    const wanted = meanOf(input) + scale * difference;
    means.output += mean / crops.length;
    means.wanted += wanted / crops.length;
    means.greyOutput += (mean - offset) / scale / crops.length;
    means.greyWanted += (wanted - offset) / scale / crops.length;
    means.greyAbsolute += meanOf(Float64Array.from(noisy.data, Math.abs)) / crops.length;
    if (!clean) continue;
    const truth = normalize(clean.data, map);
    const capture = withinProducts(truth, input);
    // A clean crop without any contrast tells nothing of a gain.
    if (capture.squares === 0) continue;
    const within = withinProducts(output, truth);
    squares += within.squares;
    products += (within.products * capture.products) / capture.squares / usual;
  }
  const slope = squares > 0 ? products / squares : 1;
  const gain = slope >= LEAST_GAIN && slope <= MOST_GAIN ? slope : 1;
  return {
    gain,
    offset: means.wanted - gain * means.output,
    crops: crops.length,
    ...(hasLight(means.greyWanted, means.greyAbsolute) && {
      before: means.greyOutput / means.greyWanted - 1,
    }),
  };
}
