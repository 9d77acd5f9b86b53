import type { Normalization } from "@clidim/imaging";
import type { NoisyPage } from "../data/noisyPlane.js";

/** A pixel is far outside the range that a normalisation was fitted to where it lies more than so many widths of it away. */
const WIDTHS = 8;

/**
 * Counts pixels whose grey values lie far outside what networks were trained on, as those of hot pixels and cosmic rays do. Percentiles do not show a few of them, and a network makes
 * something of each that is as large as what it looks at.
 */
export class FarPixels {
  readonly #low: number;
  readonly #high: number;
  /** What the networks know: the range that all of the normalisations share. */
  readonly #known: readonly [number, number];
  #count = 0;

  constructor(maps: readonly Normalization[]) {
    const low = Math.max(...maps.map((map) => map.low));
    const high = Math.min(...maps.map((map) => map.high));
    this.#known = [low, high];
    const far = WIDTHS * Math.max(0, ...maps.map((map) => map.high - map.low));
    this.#low = low - far;
    this.#high = high + far;
  }

  add(data: ArrayLike<number>, from = 0): void {
    for (let i = from; i < data.length; i++) {
      if (data[i]! > this.#high || data[i]! < this.#low) this.#count++;
    }
  }

  /** The same page, whose pixels are counted once while bands of its rows are read from the top, which may overlap. */
  counting(page: NoisyPage): NoisyPage {
    let counted = 0;
    return {
      ...page,
      read: async (window) => {
        const plane = await page.read(window);
        const top = window?.y ?? 0;
        // Its noise is estimated from its middle, which comes between.
        const band = plane.width === page.width && top <= counted;
        if (band && top + plane.height > counted) {
          this.add(plane.data, Math.max(0, counted - top) * plane.width);
          counted = top + plane.height;
        }
        return plane;
      },
    };
  }

  /** What is to be said of them; undefined where there are none. `calibrated`: there is a map of calibrated uncertainty. */
  sentence(name: string, calibrated: boolean): string | undefined {
    if (this.#count === 0) return undefined;
    const pixels = this.#count === 1 ? "1 pixel lies" : `${this.#count} pixels lie`;
    const [low, high] = this.#known.map((value) => Number(value.toPrecision(4)));
    const uncertain = calibrated ? ", nor is the uncertainty there" : "";
    return (
      `${name}: ${pixels} far outside the grey values that the model was fitted to (${low} to ${high}); ` +
      `what is around them in the result is not to be trusted${uncertain}: replace hot pixels first, as by a median of those around them`
    );
  }
}
