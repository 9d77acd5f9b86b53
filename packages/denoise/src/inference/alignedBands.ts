/** Rows of one image or several, row-major, from row `top` on. */
export interface Band {
  readonly top: number;
  readonly height: number;
  /** They may be overwritten once the next band is asked for. */
  readonly images: readonly Float32Array[];
}

/** Rows that all streams have. */
export interface AlignedBand {
  readonly top: number;
  readonly height: number;
  /** For each stream, its images. They may be overwritten once the next band is asked for. */
  readonly parts: readonly (readonly Float32Array[])[];
}

/**
 * Streams of bands of pages of one height, each from the top to the bottom and cut as it likes, as bands with the rows that all of them have. Of each stream no more than the band at hand is
 * there.
 */
export async function* alignedBands(streams: readonly AsyncIterable<Band>[]): AsyncIterable<AlignedBand> {
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  try {
    const bands: (Band | undefined)[] = streams.map(() => undefined);
    for (let top = 0; ; ) {
      for (const [i, iterator] of iterators.entries()) {
        const band = bands[i];
        if (band && band.top + band.height > top) continue;
        bands[i] = undefined;
        const next = await iterator.next();
        if (next.done) return;
        bands[i] = next.value;
      }
      // All were filled above.
      const there = bands as Band[];
      const bottom = Math.min(...there.map((band) => band.top + band.height));
      yield {
        top,
        height: bottom - top,
        parts: there.map((band) =>
          band.images.map((image) => {
            const width = image.length / band.height;
            return image.subarray((top - band.top) * width, (bottom - band.top) * width);
          }),
        ),
      };
      top = bottom;
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.();
  }
}
