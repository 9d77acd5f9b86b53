import { fromFunction, reflect } from "@clidim/imaging";
import type { MethodVariables } from "../protocol/method.js";
import { type DenoiserOptions, denoiseImages, type NetworkProgram } from "./denoise.js";
import { largestTile, SMALL_PAGE } from "./largestTile.js";

/** Denoises pages of one size (network values, row-major) that go through the network together. */
export interface BatchDenoiser {
  /** At most so many pages of a size go through it together; 0 where not even one does, as it needs tiles. */
  most(width: number, height: number): Promise<number>;
  /** As many results, each that of `denoiser` within rounding. */
  denoise(pages: readonly Float32Array[], width: number, height: number): Promise<Float32Array[]>;
}

/** A program on several pages at once, which together have no more pixels than the largest tile and than a small page. */
export function batchDenoiser(
  { geometry, channels, trace, run }: NetworkProgram,
  { params, stats }: MethodVariables,
  { maxTileSide, fluxCalibration }: DenoiserOptions = {},
): BatchDenoiser {
  const { multiple } = geometry;
  const variables = { params, stats };
  const padded = (length: number): number => Math.ceil(length / multiple) * multiple;
  return {
    async most(width, height) {
      const maxSide =
        maxTileSide ?? (await largestTile([{ geometry, channels, trace, variables }], { width, height }));
      const side = Math.max(multiple, Math.floor(maxSide / multiple) * multiple);
      const [across, down] = [padded(width), padded(height)];
      if (Math.max(across, down) > side) return 0;
      return Math.floor(Math.min(side * side, SMALL_PAGE) / (across * down));
    },
    async denoise(pages, width, height) {
      const [across, down] = [padded(width), padded(height)];
      const data = new Float32Array(pages.length * down * across * channels);
      pages.forEach((page, number) => {
        for (let y = 0; y < down; y++) {
          const [to, from] = [(number * down + y) * across, reflect(y, height) * width];
          for (let x = 0; x < across; x++) {
            const at = (to + x) * channels;
            const source = (from + reflect(x, width)) * channels;
            for (let k = 0; k < channels; k++) data[at + k] = page[source + k]!;
          }
        }
      });
      const batch = { data, count: pages.length, height: down, width: across };
      const denoised = await denoiseImages({ run, channels }, variables, batch, fluxCalibration);
      return pages.map((_, number) =>
        fromFunction(new Float32Array(width * height), (i) => {
          const y = number * down + Math.floor(i / width);
          return denoised[y * across + (i % width)]!;
        }),
      );
    },
  };
}
