import { histogramDensity } from "./noiseHistogram.js";
import type { NoiseMeasurement } from "./noiseMeasurement.js";
import { mixtureDensity, mixtureVariance } from "./noiseMixture.js";

/** Blue for what was measured, red for the line, green for the mixture: told apart also without red and green (Okabe and Ito). */
const [MEASURED, LINE, MIXTURE] = ["#0072b2", "#d55e00", "#009e73"];

const [WIDTH, HEIGHT, LEFT, BOTTOM, MARGIN] = [460, 300, 64, 40, 24];

interface Range {
  readonly low: number;
  readonly high: number;
}

/** A diagram with axes from the ranges, and what maps values into it. */
function diagram(horizontal: Range, vertical: Range, words: readonly [horizontal: string, vertical: string]) {
  const part = (value: number, { low, high }: Range): number => (value - low) / (high - low || 1);
  const x = (value: number): string => (LEFT + (WIDTH - LEFT - MARGIN) * part(value, horizontal)).toFixed(1);
  const y = (value: number): string =>
    (MARGIN + (HEIGHT - BOTTOM - MARGIN) * (1 - part(value, vertical))).toFixed(1);
  const grid = ticks(vertical).map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - MARGIN}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>` +
      `<text x="${LEFT - 5}" y="${Number(y(value)) + 4}" text-anchor="end">${shortFigure(value)}</text>`,
  );
  const marks = ticks(horizontal).map(
    (value) =>
      `<text x="${x(value)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${shortFigure(value)}</text>`,
  );
  const frame =
    `${grid.join("")}${marks.join("")}<text x="${WIDTH - MARGIN}" y="${HEIGHT - 8}" text-anchor="end">${words[0]}</text>` +
    `<text x="${LEFT}" y="${MARGIN - 10}">${words[1]}</text>`;
  const path = (points: readonly (readonly [number, number])[], colour: string): string =>
    `<polyline points="${points.map(([a, b]) => `${x(a)},${y(Math.min(vertical.high, Math.max(vertical.low, b)))}`).join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
  return { x, y, frame, path };
}

/** About five round values between the ends. */
function ticks({ low, high }: Range): number[] {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** A figure of a few letters: 12500, 3.2e+7. */
const shortFigure = (value: number): string =>
  Math.abs(value) < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(1);

const evenly = ({ low, high }: Range, count: number): number[] =>
  Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count);

/**
 * A measurement in pictures: the photon transfer curve (a dot for the pixels of each brightness, hollow where it does not count) with the line that was fitted and the variance of the mixture; and, where they were fitted, how often grey
 * values were observed at a dark, a middle and a bright signal, with the mixture's densities. A whole SVG file.
 */
export function noiseSvg(measurement: NoiseMeasurement): string {
  const panels = [transferPanel(measurement), ...distributionPanel(measurement)];
  const placed = panels.map((panel, i) => `<g transform="translate(${i * WIDTH} 0)">${panel}</g>`);
  const width = panels.length * WIDTH;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="photon transfer curve" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}">` +
    "<style>text { font: 11px system-ui, sans-serif; fill: #555; }</style>" +
    `<rect width="${width}" height="${HEIGHT}" fill="#fff"/>${placed.join("")}</svg>`
  );
}

function transferPanel({ transfer, gain, offset, mixture }: NoiseMeasurement): string {
  // Thousands of pages have more points than a call has arguments.
  let [low, high, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { signal, variance } of transfer) {
    [low, high] = [Math.min(low, signal), Math.max(high, signal)];
    highest = Math.max(highest, variance);
  }
  const signals = { low, high };
  const most = Math.max(highest, gain * high + offset);
  const { x, y, frame, path } = diagram(signals, { low: 0, high: 1.05 * most }, [
    "signal, grey values",
    "variance of the noise, grey values squared",
  ]);
  const dots = transfer.map(({ signal, variance, weight, pixels }) => {
    const fill = weight > 0 ? MEASURED : "none";
    return `<circle cx="${x(signal)}" cy="${y(variance)}" r="2.5" fill="${fill}" stroke="${MEASURED}"><title>signal ${shortFigure(signal)}: variance ${shortFigure(variance)}, ${pixels} pixels</title></circle>`;
  });
  const line = path(
    [signals.low, signals.high].map((signal) => [signal, gain * signal + offset]),
    LINE,
  );
  const ofMixture = mixture
    ? path(
        evenly(
          { low: Math.max(signals.low, mixture.low), high: Math.min(signals.high, mixture.high) },
          60,
        ).map((signal) => [signal, mixtureVariance(mixture, signal)]),
        MIXTURE,
      )
    : "";
  const keys = [
    [LINE, `line: gain ${shortFigure(gain)}, offset ${shortFigure(offset)}`],
    ...(mixture ? [[MIXTURE, "mixture"]] : []),
  ];
  const legend = keys.map(
    ([colour, words], i) =>
      `<text x="${LEFT + 8}" y="${MARGIN + 12 + 14 * i}" style="fill: ${colour}">${words}</text>`,
  );
  return `${frame}${dots.join("")}${line}${ofMixture}${legend.join("")}`;
}

/** Signals are shown at these parts of those that were measured. */
const SHOWN = [0.1, 0.5, 0.9];

function distributionPanel({ histogram, mixture }: NoiseMeasurement): string[] {
  if (!histogram || !mixture) return [];
  const density = histogramDensity(histogram);
  const signals = SHOWN.map((part) => mixture.low + part * (mixture.high - mixture.low));
  const reach = (signal: number): number => 4 * Math.sqrt(mixtureVariance(mixture, signal));
  const seen = {
    low: Math.max(histogram.low, Math.min(...signals.map((signal) => signal - reach(signal)))),
    high: Math.min(histogram.high, Math.max(...signals.map((signal) => signal + reach(signal)))),
  };
  const greys = evenly(seen, 200);
  const width = (histogram.high - histogram.low) / histogram.bins;
  const centres = Array.from(
    { length: histogram.bins },
    (_, bin) => histogram.low + (bin + 0.5) * width,
  ).filter((grey) => grey > seen.low && grey < seen.high);
  const curves = signals.map((signal) => greys.map((grey) => mixtureDensity(mixture, grey, signal)));
  const { frame, path } = diagram(seen, { low: 0, high: 1.15 * Math.max(...curves.flat()) }, [
    "observed grey value",
    `density at the signals ${signals.map(shortFigure).join(", ")}`,
  ]);
  const lines = signals.map((signal, i) => {
    const observed = path(
      centres.map((grey) => [grey, density(grey, signal)]),
      MEASURED,
    );
    const fitted = path(
      greys.map((grey, at) => [grey, curves[i]![at]!]),
      MIXTURE,
    );
    return observed + fitted;
  });
  return [`${frame}${lines.join("")}`];
}
