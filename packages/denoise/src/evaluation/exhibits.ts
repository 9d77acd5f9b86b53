import {
  type Autocorrelation,
  autocorrelation,
  contrastRectangle,
  cutPlane,
  displayRange,
  escapedHtml,
  type Plane,
  previewPng,
  residual,
} from "@clidim/imaging";

/** What a method made of a page that is shown. */
export interface Exhibit {
  readonly name: string;
  readonly page: Plane;
  /** dB on this page; null where it is not finite. */
  readonly psnr: number | null | undefined;
}

/** Crops are at most so many pixels wide and high. */
const SHOWN = 192;

/** The autocorrelation is shown to so many pixels. */
const LAGS = 8;

/** What the rows of `exhibitedPage` are, in words. */
export const exhibitsExplained: string = `All have the contrast of the clean image. An error is the denoised image minus the clean one, all with one scale, black and white at 3 standard deviations of the
largest: dark is what was lost, bright what was added. A residual is the noisy image minus the denoised one, black and white at 3 standard deviations of it; outlines in it were taken from the image.
Autocorrelation of the residual to ${LAGS} pixels: grey is 0, black and white are -0.2 and 0.2; of white noise only the middle is not grey.`;

/**
 * The part of a page with the most contrast as HTML: a row of crops between the noisy and the clean one, below them the errors, and where the noisy one is known the residuals with
 * their autocorrelations. An exhibit named "noisy" stands for the noisy page.
 */
export function exhibitedPage(
  { noisy, clean }: { readonly noisy?: Plane; readonly clean: Plane },
  exhibits: readonly Exhibit[],
): string {
  const rectangle = contrastRectangle(clean, SHOWN);
  const range = displayRange(cutPlane(clean, rectangle));
  const crop = (page: Plane, name: string, caption: string): string =>
    figure(previewPng([{ page: cutPlane(page, rectangle) }], range), name, caption, SHOWN);
  const denoised = exhibits.filter(({ name }) => name !== "noisy");
  const before = noisy && denoised.length === exhibits.length ? crop(noisy, "noisy", "noisy") : "";
  const crops = exhibits.map(({ name, page, psnr }) =>
    crop(page, name, `${name}${typeof psnr === "number" ? `, ${psnr.toFixed(2)} dB` : ""}`),
  );
  const rows = [
    `${before}${crops.join("")}${crop(clean, "clean", "clean")}`,
    errorFigures(denoised, clean),
    noisy ? denoised.map(({ name, page }) => residualFigures(name, residual(noisy, page))).join("") : "",
  ];
  return rows
    .filter((row) => row !== "")
    .map((row) => `<div>${row}</div>`)
    .join("\n");

  function residualFigures(name: string, difference: ReturnType<typeof residual>): string {
    const picture = differenceFigure(`residual of ${name}`, difference, standardDeviation(difference.data));
    if (Math.min(difference.width, difference.height) <= LAGS) return picture;
    const correlation = autocorrelation(difference, LAGS);
    return (
      picture +
      figure(
        correlationPng(correlation),
        `autocorrelation of the residual of ${name}`,
        `highest ${correlation.highest.value.toFixed(3)}, lowest near ${correlation.lowestNear.value.toFixed(3)} (white within ${correlation.whiteBound.toFixed(3)})`,
        SHOWN / 2,
      )
    );
  }

  function errorFigures(results: readonly Exhibit[], truth: Plane): string {
    const errors = results.map(({ name, page }) => ({ name, error: residual(page, truth) }));
    const largest = Math.max(0, ...errors.map(({ error }) => standardDeviation(error.data)));
    return errors.map(({ name, error }) => differenceFigure(`error of ${name}`, error, largest)).join("");
  }

  function differenceFigure(name: string, difference: Plane, deviation: number): string {
    const high = 3 * deviation || 1;
    return figure(
      previewPng([{ page: cutPlane(difference, rectangle) }], { low: -high, high }),
      name,
      name,
      SHOWN,
    );
  }
}

function correlationPng({ maxLag, values }: Autocorrelation): Uint8Array {
  const side = 2 * maxLag + 1;
  return previewPng([{ page: { width: side, height: side, data: values } }], { low: -0.2, high: 0.2 });
}

function standardDeviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function figure(png: Uint8Array, alt: string, caption: string, width: number): string {
  const data = Buffer.from(png).toString("base64");
  return `<figure><img alt="${escapedHtml(alt)}" width="${width}" src="data:image/png;base64,${data}"><figcaption>${escapedHtml(caption)}</figcaption></figure>`;
}
