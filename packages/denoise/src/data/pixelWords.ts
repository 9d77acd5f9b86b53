import { type LazyPage, type PixelArrays, type PixelType, pixelArray } from "@clidim/imaging";
import { type Tensor, tensor } from "@clidim/tensor";

/** The narrowest type that holds the pixels of all pages as they are; float32 where they are of several signed kinds or no integers. */
export function commonPixelType(pages: readonly Pick<LazyPage, "dtype">[]): PixelType {
  const all = (...types: readonly PixelType[]): boolean => pages.every(({ dtype }) => types.includes(dtype));
  if (all("uint8")) return "uint8";
  if (all("uint8", "uint16")) return "uint16";
  return all("int16") ? "int16" : "float32";
}

/** Pixels as stored, one after the other, in whole words of 32 bits; to be filled and uploaded. */
export class PixelWords {
  readonly pixels: PixelArrays[PixelType];

  constructor(type: PixelType, length: number) {
    this.pixels = pixelArray(type, Math.ceil(length / 4) * 4);
  }

  /** What `cropPages` reads: u32 [words], the first pixel in the lowest bits, or f32 [pixels]. */
  tensor(): Tensor {
    const { pixels } = this;
    return pixels instanceof Float32Array ? tensor(pixels) : tensor(new Uint32Array(pixels.buffer));
  }
}
