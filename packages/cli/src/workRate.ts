import { formatDuration } from "./duration.js";

/** Seconds after which a measurement counts 1 / e. */
const MEMORY = 15;
/** Seconds between measurements, at least. */
const APART = 0.2;

/** How far the work on images is. */
export interface ImageWork {
  /** Pixels that are done, and that are still to do. */
  readonly pixels: number;
  readonly pixelsLeft: number;
  /** Pages that are done, in parts. */
  readonly pages: number;
}

/** The rate of work on images of late, as a text: `3.1 pages/s, 0.81 MPixel/s  2 min 05 s left`; empty before it is known. */
export function startWorkRate(): (work: ImageWork) => string {
  let last: (ImageWork & { readonly time: number }) | undefined;
  let [pages, pixels, seconds] = [0, 0, 0];
  return (work) => {
    const time = performance.now() / 1000;
    last ??= { ...work, time };
    const passed = time - last.time;
    if (passed >= APART) {
      const kept = Math.exp(-passed / MEMORY);
      pages = kept * pages + Math.max(0, work.pages - last.pages);
      pixels = kept * pixels + Math.max(0, work.pixels - last.pixels);
      seconds = kept * seconds + passed;
      last = { ...work, time };
    }
    if (pixels === 0) return "";
    const rate = `${figure(pages / seconds)} pages/s, ${figure(pixels / seconds / 1e6)} MPixel/s`;
    if (work.pixelsLeft === 0) return rate;
    return `${rate}  ${formatDuration((work.pixelsLeft * seconds) / pixels)} left`;
  };
}

const figure = (value: number): string => (value < 10 ? value.toPrecision(2) : value.toFixed(0));
