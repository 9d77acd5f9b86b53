import { previewPng } from "../formats/png/previewPng.js";
import { difference } from "../image/difference.js";
import { escapedHtml } from "../image/escapedHtml.js";
import type { Plane } from "../image/image.js";
import { percentiles } from "../image/percentile.js";
import { cutPlane } from "../image/regions.js";
import type { PageAssessment } from "./assessPage.js";
import type { Autocorrelation } from "./autocorrelation.js";
import { CHECKERBOARD_LIMIT } from "./checkerboard.js";
import { figure } from "./findings.js";
import type { SignalBin } from "./residualAgainstSignal.js";
import type { TrustReport } from "./trustReport.js";

/** The pictures of one assessed page, as PNG. */
export interface PagePictures {
  /** Noisy beside denoised, one contrast. */
  readonly images: Uint8Array;
  /** Grey is 0, black and white are -3 and +3 standard deviations. */
  readonly residual: Uint8Array;
}

/** Pictures show the middle of a page, at most so many pixels wide and high. */
const SHOWN = 384;

/** Draws what the report shows of a page: its middle, at most 384 x 384 pixels. */
export function pagePictures(noisy: Plane, denoised: Plane, assessment: PageAssessment): PagePictures {
  const [low, high] = percentiles([noisy], [0.5, 99.5]) as [number, number]; // one value per percentage
  const contrast = high > low ? { low, high } : { low: low - 1, high: low + 1 };
  const spread = 3 * assessment.residual.deviation || 1;
  return {
    images: previewPng([{ page: middle(noisy) }, { page: middle(denoised) }], contrast),
    residual: previewPng([{ page: middle(difference(noisy, denoised)) }], { low: -spread, high: spread }),
  };
}

function middle(page: Plane): Plane {
  const [width, height] = [Math.min(SHOWN, page.width), Math.min(SHOWN, page.height)];
  return cutPlane(page, { x: (page.width - width) >> 1, y: (page.height - height) >> 1, width, height });
}

/** The report as one HTML file without references to others; `pictures` in the order of the report's pages. */
export function trustReportHtml(report: TrustReport, pictures: readonly PagePictures[]): string {
  const { input, output, pageCount, pages, range, calibrated, map, blend } = report;
  const assessed =
    pages.length === pageCount
      ? `${pageCount} ${pageCount === 1 ? "page" : "pages"}`
      : `${pages.length} of ${pageCount} pages, evenly spread`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapedHtml(input)}: report of a denoised image</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
table { border-collapse: collapse; } td, th { padding: .15rem .8rem .15rem 0; text-align: right; } td:first-child, th:first-child { text-align: left; }
img { image-rendering: pixelated; max-width: 100%; display: block; } figure { display: inline-block; margin: 0 1.5rem 1rem 0; vertical-align: top; }
figcaption { color: #555; max-width: 26rem; } .finding { color: #a33; } svg text { font: 11px system-ui, sans-serif; fill: #555; }
</style>
<h1>${escapedHtml(input)}</h1>
<p>Denoised into ${escapedHtml(output)}; ${assessed} assessed. Nothing here compares with the truth, which is not known: what stands out is a reason to look, and
nothing standing out is no proof that every structure is real. The residual is what was taken away: the noisy image minus the denoised one. It should be noise alone.</p>
<p${range?.outside ? ' class="finding"' : ""}>${calibrated ? `${escapedHtml(calibrated.sentence)}.` : rangeSentence(range)}</p>
${blend === undefined ? "" : `<p>A mean: ${escapedHtml(blend)}.</p>\n`}${map === undefined ? "" : `<p>A map lies beside the result: ${escapedHtml(map)}.</p>\n`}${pages.map((page, i) => section(page, pictures[i]!)).join("\n")}
</html>
`;
}

function rangeSentence(range: TrustReport["range"]): string {
  if (!range) {
    return "The file was normalised by its own grey values, so that they were not compared with those of the training data.";
  }
  return escapedHtml(range.message || "Grey values lie within those of the training data.");
}

function section(page: PageAssessment, { images, residual: difference }: PagePictures): string {
  const { findings, flux, checkerboard } = page;
  const { highest, lowestNear, whiteBound } = page.autocorrelation;
  const row = (name: string, key: keyof typeof checkerboard.denoised): string =>
    `<tr><td>${name}<td>${checkerboard.noisy[key].toFixed(1)}<td>${checkerboard.denoised[key].toFixed(1)}</tr>`;
  return `<h2>Page ${page.page}</h2>
${
  findings.length > 0
    ? `<ul>${findings.map((sentence) => `<li class="finding">${escapedHtml(sentence)}.`).join("")}</ul>`
    : "<p>Nothing stands out.</p>"
}
<figure>${picture(images, "noisy and denoised")}<figcaption>Noisy and denoised, one contrast.</figcaption></figure>
<figure>${picture(difference, "residual")}<figcaption>Residual, noisy minus denoised: mean ${figure(Math.abs(page.residual.mean) < 1e-9 * page.residual.deviation ? 0 : page.residual.mean)}, standard deviation ${figure(page.residual.deviation)} grey values (black and white: 3 of them). Outlines
seen here were taken from the image.</figcaption></figure>
<figure>${autocorrelationSvg(page.autocorrelation)}<figcaption>How much the residual of a pixel is like that of the pixels around it (autocorrelation to ${page.autocorrelation.maxLag} pixels; blue positive, red negative, full colour at 0.2). Noise alone
is like nothing around it: between ${(-whiteBound).toFixed(3)} and ${whiteBound.toFixed(3)} everywhere but in the middle. Blue (highest ${highest.value.toFixed(3)}): structure was taken away, or the camera's noise is correlated. Red beside
the middle (lowest ${lowestNear.value.toFixed(3)}): noise was left in, as the result follows the noise of single pixels.</figcaption></figure>
<figure>${signalSvg(page.residualAgainstSignal)}<figcaption>Whether intensities are kept: mean (line) and standard deviation (band) of the residual, for pixels of like brightness. Above 0 the result is too
dark there, below 0 too bright. Pixels are put together by the brightness of the pixels around them, so that what is dark by noise alone does not count as dark. The band widens as the root of the signal for shot noise.</figcaption></figure>
<table>
<tr><th>Flux, denoised over noisy<th></tr>
<tr><td>all light<td>${percentOf(flux.ratio, "none: the grey values are about 0, and their sum is no light")}</tr>
<tr><td>above the background<td>${percentOf(flux.ratioAboveBackground, "none: nothing is above it")}</tr>
</table>
<table>
<tr><th>Grid patterns, 1 without (a grid from ${CHECKERBOARD_LIMIT})<th>noisy<th>denoised</tr>
${row("checkerboard (Nyquist frequency)", "nyquist")}${row("period 2", "period2")}${row("period 4", "period4")}${row("period 8", "period8")}
</table>`;
}

const percentOf = (part: number | undefined, none: string): string =>
  part === undefined ? none : `${(100 * part).toFixed(2)} %`;

function picture(png: Uint8Array, alt: string): string {
  // `btoa` takes a letter for each byte.
  const letters = Array.from(png, (byte) => String.fromCharCode(byte)).join("");
  return `<img alt="${alt}" src="data:image/png;base64,${btoa(letters)}">`;
}

function autocorrelationSvg({ maxLag, values }: Autocorrelation): string {
  const side = 2 * maxLag + 1;
  const cell = 14;
  const cells: string[] = [];
  values.forEach((value, i) => {
    const strength = Math.min(1, Math.abs(value) / 0.2);
    const [dx, dy] = [(i % side) - maxLag, Math.floor(i / side) - maxLag];
    cells.push(
      `<rect x="${(i % side) * cell}" y="${Math.floor(i / side) * cell}" width="${cell}" height="${cell}" fill="${value >= 0 ? "#15c" : "#c31"}" ` +
        `fill-opacity="${strength.toFixed(3)}"><title>${dx}, ${dy}: ${value.toFixed(4)}</title></rect>`,
    );
  });
  const size = side * cell;
  return `<svg role="img" aria-label="autocorrelation of the residual" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}">${cells.join("")}<rect width="${size}" height="${size}" fill="none" stroke="#999"/></svg>`;
}

function signalSvg(bins: readonly SignalBin[]): string {
  const [width, height] = [320, 220];
  const [left, bottom] = [44, 24];
  const first = bins[0]!.signal;
  const span = bins.at(-1)!.signal - first || 1;
  const reach = 1.1 * Math.max(...bins.map(({ mean, deviation }) => Math.abs(mean) + deviation)) || 1;
  const x = (signal: number): string => (left + ((width - left - 8) * (signal - first)) / span).toFixed(1);
  const y = (value: number): string => (((height - bottom) / 2) * (1 - value / reach)).toFixed(1);
  const line = (value: (bin: SignalBin) => number, from: readonly SignalBin[] = bins): string =>
    from.map((bin) => `${x(bin.signal)},${y(value(bin))}`).join(" ");
  const upper = line(({ mean, deviation }) => mean + deviation);
  const lower = line(({ mean, deviation }) => mean - deviation, bins.toReversed());
  const label = (value: number): string =>
    `<text x="${left - 4}" y="${Number(y(value)) + 4}" text-anchor="end">${figure(value)}</text>`;
  return `<svg role="img" aria-label="residual against signal" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<polygon points="${upper} ${lower}" fill="#15c" fill-opacity=".2"/><polyline points="${line(({ mean }) => mean)}" fill="none" stroke="#15c" stroke-width="2"/>
<line x1="${left}" x2="${width - 8}" y1="${y(0)}" y2="${y(0)}" stroke="#999"/>${label(reach / 2)}${label(0)}${label(-reach / 2)}
<text x="${left}" y="${height - 8}">${figure(first)}</text><text x="${width - 8}" y="${height - 8}" text-anchor="end">${figure(first + span)}</text></svg>`;
}
