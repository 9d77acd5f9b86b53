import {
  type Autocorrelation,
  autocorrelation,
  contrastRectangle,
  cutPlane,
  difference,
  displayRange,
  escapedHtml,
  fromFunction,
  type Plane,
  percentile,
  previewPng,
  type Rectangle,
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

/** What the rows of `exhibitedPage` are, in words, with those of residuals where the noisy pages are known. */
export function exhibitsExplained(withNoisy: boolean): string {
  return [
    "All have the contrast of the clean image. An error is the denoised image minus the clean one: dark is what was lost, bright what was added.",
    ...(withNoisy
      ? [
          "A residual is the noisy image minus the denoised one; outlines in it were taken from the image. Each of the two has one scale for all methods,",
        ]
      : ["All have one scale,"]),
    "so wide that all but a hundredth of the pixels that are shown lie within it.",
    ...(withNoisy
      ? [
          `Autocorrelation of the residual to ${LAGS} pixels: grey is 0, black and white are -0.2 and 0.2; of white noise only the middle is not grey.`,
        ]
      : []),
  ].join(" ");
}

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
  const errors = denoised.map(({ name, page }) => ({ name, off: difference(page, clean) }));
  const residuals = noisy ? denoised.map(({ name, page }) => ({ name, off: difference(noisy, page) })) : [];
  const [errorSpan, residualSpan] = [span(errors, rectangle), span(residuals, rectangle)];
  const around0 = (name: string, off: Plane, high: number): string =>
    figure(previewPng([{ page: cutPlane(off, rectangle) }], { low: -high, high }), name, name, SHOWN);
  const rows = [
    `${before}${crops.join("")}${crop(clean, "clean", "clean")}`,
    errors.map(({ name, off }) => around0(`error of ${name}`, off, errorSpan)).join(""),
    residuals
      .map(
        ({ name, off }) => around0(`residual of ${name}`, off, residualSpan) + correlationFigure(name, off),
      )
      .join(""),
  ];
  return rows
    .filter((row) => row !== "")
    .map((row) => `<div>${row}</div>`)
    .join("\n");
}

/** What 99 of 100 pixels of all these differences are no further from 0 than, within a rectangle; 1 where that is 0. */
function span(differences: readonly { readonly off: Plane }[], rectangle: Rectangle): number {
  if (differences.length === 0) return 1;
  const sizes = differences.map(({ off }) => {
    const { data } = cutPlane(off, rectangle);
    return { data: fromFunction(new Float32Array(data.length), (i) => Math.abs(data[i]!)) };
  });
  return percentile(sizes, 99) || 1;
}

function correlationFigure(name: string, residual: Plane): string {
  if (Math.min(residual.width, residual.height) <= LAGS) return "";
  const correlation = autocorrelation(residual, LAGS);
  return figure(
    correlationPng(correlation),
    `autocorrelation of the residual of ${name}`,
    `highest ${correlation.highest.value.toFixed(3)}, lowest near ${correlation.lowestNear.value.toFixed(3)} (white within ${correlation.whiteBound.toFixed(3)})`,
    SHOWN / 2,
  );
}

function correlationPng({ maxLag, values }: Autocorrelation): Uint8Array {
  const side = 2 * maxLag + 1;
  return previewPng([{ page: { width: side, height: side, data: values } }], { low: -0.2, high: 0.2 });
}

function figure(png: Uint8Array, alt: string, caption: string, width: number): string {
  const data = Buffer.from(png).toString("base64");
  return `<figure><img alt="${escapedHtml(alt)}" width="${width}" src="data:image/png;base64,${data}"><figcaption>${escapedHtml(caption)}</figcaption></figure>`;
}
