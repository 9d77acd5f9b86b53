import type { Autocorrelation, Lag } from "./autocorrelation.js";
import { CHECKERBOARD_LIMIT, type Checkerboard } from "./checkerboard.js";
import type { PageMeasurements } from "./pageMeasurements.js";
import type { SignalBin } from "./residualAgainstSignal.js";
import { REACH } from "./surroundings.js";

/** A residual that correlates by more than this has something of the image (or of the camera) in it; by less than minus this, the result follows the noise. */
const CORRELATION_LIMIT = 0.1;
/** Light lost or gained: of all, and of that above the background, where the mean residual is so many of its standard errors from 0. */
const FLUX_LIMIT = 0.02;
const FLUX_ABOVE_BACKGROUND_LIMIT = 0.05;
const FLUX_SIGNIFICANCE = 4;
/** Mean residual of a range of grey values, in standard deviations of the residual and of the noise there; and in standard errors of that mean. */
const BIAS_LIMIT = 0.25;
const BIAS_SIGNIFICANCE = 4;
/** What is said of the error of a mean. */
const STATED_ERRORS = 3;
/** Correlation of the residual with that of the pixels by which pixels are chosen, from which these may share noise. */
const SHARED_LIMIT = 0.05;

/** What stands out, a sentence each, without a full stop. None of them is proof of an error, and their absence none of the contrary. */
export function findingsOf(measured: PageMeasurements): string[] {
  return [
    ...correlationFindings(measured),
    ...fluxFindings(measured),
    ...intensityFindings(measured),
    ...gridFindings(measured),
  ];
}

function correlationFindings({
  autocorrelation: { highest, lowestNear, whiteBound },
}: PageMeasurements): string[] {
  const limit = Math.max(CORRELATION_LIMIT, whiteBound);
  // Residuals of noise are a little positive further on, those of structure that repeats are as negative as positive.
  if (lowestNear.value < -limit && -lowestNear.value > 2 * highest.value) {
    return [
      `Noise was left in: the residual correlates with itself by ${lagText(lowestNear)}, as it does where the result follows the noise of single pixels. Some of the noise is still in the result`,
    ];
  }
  if (highest.value <= limit) return [];
  return [
    `Structure was taken away: the residual correlates with itself by ${lagText(highest)}, which noise of single pixels does not. What is seen in the residual is missing in the result; ` +
      "or the camera's noise is correlated between pixels",
  ];
}

const lagText = ({ value, dx, dy }: Lag): string =>
  `${value.toFixed(2)} at ${Math.abs(dx)} ${Math.abs(dx) === 1 ? "pixel" : "pixels"} across and ${dy} down`;

function fluxFindings({ flux, residual }: PageMeasurements): string[] {
  const { ratio, ratioAboveBackground: above } = flux;
  // Whether it is more than the noise, whose sum is not quite 0.
  if (!(Math.abs(residual.mean) > FLUX_SIGNIFICANCE * residual.error)) return [];
  // A camera's offset is light as well, beside which that of the structures may be little.
  const kept = ratio === undefined || Math.abs(ratio - 1) <= FLUX_LIMIT;
  if (kept && (above === undefined || Math.abs(above - 1) <= FLUX_ABOVE_BACKGROUND_LIMIT)) return [];
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  const light =
    ratio === undefined
      ? `${percent(above!)} of the light of the noisy one above the background` // which is not kept
      : `${percent(ratio)} of the light of the noisy one${above === undefined ? "" : `, ${percent(above)} of that above the background`}`;
  return [`The denoised page holds ${light}; its intensities are biased`];
}

/** The range that is most too dark and that which is most too bright. */
function intensityFindings({ residualAgainstSignal: bins, autocorrelation }: PageMeasurements): string[] {
  // What is seen there may be structure that was taken away, or noise that pixels have in common with those by which they were chosen.
  const reservation =
    atDistance(autocorrelation, REACH) > SHARED_LIMIT
      ? ", unless the noise itself is correlated over two pixels and more, as in images that were enlarged or filtered"
      : "";
  const strength = ({ mean, deviation }: SignalBin): number => Math.abs(mean) / deviation;
  const biased = bins
    .filter(({ mean, deviation, noise, error, followed, clipped }) => {
      const explained = Math.sign(followed) === Math.sign(mean) ? Math.abs(followed) : 0;
      const limit = Math.max(BIAS_LIMIT * Math.max(deviation, noise), BIAS_SIGNIFICANCE * error);
      return !clipped && Math.abs(mean) - explained > limit;
    })
    .toSorted((a, b) => strength(b) - strength(a));
  const strongest = [biased.find(({ mean }) => mean > 0), biased.find(({ mean }) => mean < 0)];
  return strongest.flatMap((bin) => {
    if (!bin) return [];
    const { signal, mean, error } = bin;
    return [
      `Pixels of about ${figure(signal)} come out ${figure(Math.abs(mean))} (give or take ${figure(STATED_ERRORS * error)}) grey values too ${mean > 0 ? "dark" : "bright"} on average${reservation}`,
    ];
  });
}

/** Mean autocorrelation over the lags of the square at a distance. */
function atDistance({ values, maxLag }: Autocorrelation, distance: number): number {
  let [sum, count] = [0, 0];
  for (let dy = -distance; dy <= distance; dy++) {
    for (let dx = -distance; dx <= distance; dx++) {
      if (Math.max(Math.abs(dx), Math.abs(dy)) < distance) continue;
      sum += values[(dy + maxLag) * (2 * maxLag + 1) + dx + maxLag]!;
      count++;
    }
  }
  return sum / count;
}

function gridFindings({ checkerboard: { denoised, noisy } }: PageMeasurements): string[] {
  const grids: readonly (readonly [keyof Checkerboard, string])[] = [
    ["nyquist", "a checkerboard of single pixels"],
    ["period2", "a grid of period 2 pixels"],
    ["period4", "a grid of period 4 pixels"],
    ["period8", "a grid of period 8 pixels"],
  ];
  return grids.flatMap(([key, name]) =>
    denoised[key] > CHECKERBOARD_LIMIT && denoised[key] > 2 * noisy[key]
      ? [
          `The denoised page shows ${name}, ${Math.round(denoised[key])} times its surroundings in the spectrum (noisy page: ${figure(noisy[key])})`,
        ]
      : [],
  );
}

/** Three digits. */
export function figure(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
