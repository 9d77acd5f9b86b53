import type { ImageFigures } from "../training/metricsLog.js";

/** Validation figures of one run over its updates; none where it is judged without clean images. */
export interface Curve {
  readonly name: string;
  /** Runs of one group have one colour. */
  readonly group: number;
  readonly dashed: boolean;
  readonly points: readonly (ImageFigures & { readonly update: number })[];
}

/** Colours that are told apart by most people, also where they do not see red and green (after Okabe and Ito). */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999933"];

export const colourOf = (group: number): string => colours[group % colours.length]!;

/** Validation PSNR over the updates as SVG, a line per run. */
export function curvesSvg(curves: readonly Curve[]): string {
  const drawn = curves.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return "";
  const [width, height, left, bottom, margin] = [640, 300, 48, 36, 10];
  const updates = drawn.flatMap(({ points }) => points.map(({ update }) => update));
  const decibels = drawn.flatMap(({ points }) => points.map(({ psnr }) => psnr));
  const last = Math.max(...updates);
  const low = Math.min(...decibels);
  const span = Math.max(...decibels) - low || 1;
  const x = (update: number): string => (left + ((width - left - margin) * update) / last).toFixed(1);
  const y = (psnr: number): string =>
    (margin + (height - bottom - margin) * (1 - (psnr - low) / span)).toFixed(1);
  const lines = drawn.map(({ name, group, dashed, points }) => {
    const stroke = `stroke="${colourOf(group)}"${dashed ? ' stroke-dasharray="5 3"' : ""}`;
    const dots = points.map(
      ({ update, psnr, ssim }) =>
        `<circle cx="${x(update)}" cy="${y(psnr)}" r="2.5" fill="${colourOf(group)}"><title>${name}: update ${update}, ${psnr.toFixed(2)} dB, SSIM ${ssim.toFixed(4)}</title></circle>`,
    );
    const path = points.map(({ update, psnr }) => `${x(update)},${y(psnr)}`).join(" ");
    return `<polyline points="${path}" fill="none" stroke-width="1.5" ${stroke}/>${dots.join("")}`;
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const value = low + part * span;
    return (
      `<line x1="${left}" x2="${width - margin}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>` +
      `<text x="${left - 5}" y="${Number(y(value)) + 4}" text-anchor="end">${value.toFixed(1)}</text>`
    );
  });
  const marks = [0, 0.5, 1].map(
    (part) =>
      `<text x="${x(part * last)}" y="${height - bottom + 15}" text-anchor="middle">${Math.round(part * last)}</text>`,
  );
  return (
    `<svg role="img" aria-label="validation PSNR over the updates" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `${ticks.join("")}${marks.join("")}${lines.join("")}` +
    `<text x="${left}" y="${height - 4}">updates; dB on the validation crops</text></svg>`
  );
}
