import type { LazyPage, Plane } from "@clidim/imaging";
import { denormalize, type Normalization, normalize, rowBands } from "@clidim/imaging";
import type { BandDenoiser, DenoiseOptions, Denoiser } from "./denoise.js";

/** A page in grey values, denoised in network values and back. */
export async function denoisePage(
  denoise: Denoiser,
  { width, height, data }: Plane,
  normalization: Normalization,
  options: DenoiseOptions = {},
): Promise<Plane> {
  const denoised = await denoise(normalize(data, normalization), width, height, options);
  return { width, height, data: denormalize(denoised, normalization) };
}

/** As `denoisePage`, by bands of rows of about so many pixels, from the top, of a page that is never whole in memory. */
export async function* denoisePageBands(
  denoise: BandDenoiser,
  noisy: LazyPage,
  normalization: Normalization,
  pixels: number,
  options: DenoiseOptions = {},
): AsyncIterable<Plane> {
  const { width, height } = noisy;
  const rows = async (top: number, bottom: number): Promise<ArrayLike<number>> =>
    (await noisy.read({ x: 0, y: top, width, height: bottom - top })).data;
  const normalized = (tile: Float32Array): Float32Array => normalize(tile, normalization);
  for await (const { height: ready, data } of denoise({ width, height, rows }, normalized, options)) {
    for (const { y, height: band } of rowBands({ width, height: ready }, pixels)) {
      const own = data.subarray(y * width, (y + band) * width);
      yield { width, height: band, data: denormalize(own, normalization) };
    }
  }
}
