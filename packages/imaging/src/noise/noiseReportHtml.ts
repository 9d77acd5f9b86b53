import { escapedHtml } from "../image/escapedHtml.js";
import type { NoiseMeasurement } from "./noiseMeasurement.js";
import { noiseSvg } from "./noiseSvg.js";

/** What a measurement was made on, in words. */
const made: Readonly<Record<NoiseMeasurement["from"], string>> = {
  frames: "repeated frames of still scenes",
  signal: "images beside what they should look like",
  pages: "single images, from what differs between neighbouring pixels",
};

/** A measurement as one HTML file without references to others: `noiseSvg`, the figures, what speaks against them. */
export function noiseReportHtml(measurement: NoiseMeasurement): string {
  const { from, images, gain, offset, black, readNoise, scatter, warnings, provenance } = measurement;
  const rows = [
    ["measured on", `${made[from]}; ${images} ${images === 1 ? "image" : "images"}`],
    ["gain", `${gain.toPrecision(5)} grey values per electron`],
    ["offset", `${offset.toPrecision(5)} grey values squared`],
    ...(black === undefined ? [] : [["black level", `${black.toPrecision(5)} grey values`]]),
    ...(readNoise === undefined ? [] : [["read noise", `${readNoise.toPrecision(4)} electrons`]]),
    ["variances lie off the line by", `${(100 * scatter).toFixed(1)} %`],
    ...(provenance
      ? [
          ["files", provenance.files.join(", ")],
          ...(provenance.dark ? [["dark frames", provenance.dark.join(", ")]] : []),
          ...(provenance.signals ? [["signals", provenance.signals.join(", ")]] : []),
          ["by", provenance.software],
        ]
      : []),
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Noise model</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
td { padding: .15rem 1rem .15rem 0; vertical-align: top; } .finding { color: #a33; } svg { max-width: 100%; height: auto; }
</style>
<h1>Noise model</h1>
${
  warnings.length > 0
    ? `<ul>${warnings.map((sentence) => `<li class="finding">${escapedHtml(sentence)}.`).join("")}</ul>`
    : "<p>Nothing stands out.</p>"
}
<table>${rows.map(([name, value]) => `<tr><td>${name}<td>${escapedHtml(value!)}</tr>`).join("\n")}</table>
${noiseSvg(measurement)}
<p>Left: the variance of the noise of pixels of like brightness (dots; hollow: they may be clipped, and do not count), which is <i>gain x signal + offset</i> for light on a camera (line).
Right, where frames were measured: how often grey values were observed in place of a dark, a middle and a bright signal (blue), and the mixture of normal distributions that was fitted (green).</p>
</html>
`;
}
