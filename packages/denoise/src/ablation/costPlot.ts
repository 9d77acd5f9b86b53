import { colourOf } from "./curves.js";

/** A result in the plot of quality against time. */
export interface CostPoint {
  readonly name: string;
  /** Training and denoising. */
  readonly seconds: number;
  /** dB on the test pages. */
  readonly psnr: number;
  /** Of its colour; undefined for what was not trained. */
  readonly group: number | undefined;
}

const [width, height, left, right, bottom, margin] = [640, 360, 48, 130, 36, 10] as const;

/** Pixels between two names, so that none is written over another. */
const LINE = 12;

/** Times that are written below the axis. */
const ticks: readonly (readonly [seconds: number, label: string])[] = [
  ...[0.1, 1, 10].map((seconds) => [seconds, `${seconds} s`] as const),
  ...[1, 10].map((minutes) => [60 * minutes, `${minutes} min`] as const),
  ...[1, 10, 100].map((hours) => [3600 * hours, `${hours} h`] as const),
];

/** PSNR of the test pages over the time that it took, which is logarithmic, as SVG: circles for what was trained, squares for what was not. Names are shown as they are given. Empty where there is nothing to compare. */
export function costPlotSvg(points: readonly CostPoint[]): string {
  const drawn = points.filter(({ seconds }) => seconds > 0);
  if (drawn.length < 2) return "";
  const times = drawn.map(({ seconds }) => Math.log10(seconds));
  const decibels = drawn.map(({ psnr }) => psnr);
  const [first, last] = [Math.min(...times) - 0.1, Math.max(...times) + 0.1];
  const low = Math.min(...decibels);
  const span = Math.max(...decibels) - low || 1;
  const x = (seconds: number): number =>
    left + ((width - left - right) * (Math.log10(seconds) - first)) / (last - first);
  const y = (psnr: number): number =>
    margin + 5 + (height - bottom - margin - 10) * (1 - (psnr - low) / span);
  const levels = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const value = low + part * span;
    const at = y(value).toFixed(1);
    return (
      `<line x1="${left}" x2="${width - right}" y1="${at}" y2="${at}" stroke="#ddd"/>` +
      `<text x="${left - 5}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${value.toFixed(1)}</text>`
    );
  });
  const marks = ticks
    .filter(([seconds]) => Math.log10(seconds) >= first && Math.log10(seconds) <= last)
    .map(
      ([seconds, label]) =>
        `<text x="${x(seconds).toFixed(1)}" y="${height - bottom + 15}" text-anchor="middle">${label}</text>`,
    );
  const names = namePlaces(drawn.map(({ seconds, psnr }) => ({ x: x(seconds), y: y(psnr) })));
  const marked = drawn.map(({ name, seconds, psnr, group }, i) => {
    const [atX, atY] = [x(seconds), y(psnr)];
    const title = `<title>${name}: ${psnr.toFixed(2)} dB, ${seconds.toFixed(1)} s</title>`;
    const sign =
      group === undefined
        ? `<rect x="${(atX - 3.5).toFixed(1)}" y="${(atY - 3.5).toFixed(1)}" width="7" height="7" fill="#555">${title}</rect>`
        : `<circle cx="${atX.toFixed(1)}" cy="${atY.toFixed(1)}" r="4" fill="${colourOf(group)}">${title}</circle>`;
    return `${sign}<text x="${(atX + 7).toFixed(1)}" y="${(names[i]! + 4).toFixed(1)}">${name}</text>`;
  });
  return (
    `<svg role="img" aria-label="PSNR of the test pages over the time" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `${levels.join("")}${marks.join("")}${marked.join("")}` +
    `<text x="${left}" y="${height - 4}">time of training and denoising; dB on the test pages</text></svg>`
  );
}

/** How high the name of each point stands: beside it, or below names that would be written over. */
function namePlaces(points: readonly { readonly x: number; readonly y: number }[]): number[] {
  const places: number[] = [];
  const order = points.map((_, i) => i).toSorted((a, b) => points[a]!.y - points[b]!.y);
  const taken: { readonly x: number; readonly y: number }[] = [];
  for (const i of order) {
    const { x, y } = points[i]!;
    let at = y;
    // Names begin within some 130 pixels of those that they may touch.
    for (const other of taken) {
      if (Math.abs(other.x - x) < 130 && Math.abs(other.y - at) < LINE) at = other.y + LINE;
    }
    taken.push({ x, y: at });
    taken.sort((a, b) => a.y - b.y);
    places[i] = at;
  }
  return places;
}
