/** The array that holds the pixels of each dtype. */
export interface PixelArrays {
  uint8: Uint8Array;
  uint16: Uint16Array;
  int16: Int16Array;
  float32: Float32Array;
}

/** Pixel types that are read, kept and written back. */
export type PixelType = keyof PixelArrays;

/** Anything with a size and row-major pixels: an `Image`, or an intermediate in float64. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  /** Row-major, `data[y * width + x]`. */
  readonly data: ArrayLike<number>;
}

/** A page in float64. */
export type Float64Plane = Plane & { readonly data: Float64Array };

/** One page of one channel, in the units of its file (grey values). */
export interface Image<D extends PixelType = PixelType> extends Plane {
  readonly dtype: D;
  readonly data: PixelArrays[D];
}

/** Pages of equal size and dtype. */
export interface Stack {
  /** What messages call it: the path, with the page range where one was given. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly dtype: PixelType;
  readonly pages: readonly Image[];
}

/** A zeroed array of `length` pixels. */
export function pixelArray(dtype: PixelType, length: number): PixelArrays[PixelType] {
  switch (dtype) {
    case "uint8":
      return new Uint8Array(length);
    case "uint16":
      return new Uint16Array(length);
    case "int16":
      return new Int16Array(length);
    case "float32":
      return new Float32Array(length);
    default:
      throw new Error(`pixelArray: unknown dtype ${dtype satisfies never}`);
  }
}

/** Smallest and largest value of each integer dtype. */
export const INTEGER_RANGES: Readonly<Record<"uint8" | "uint16" | "int16", readonly [number, number]>> = {
  uint8: [0, 255],
  uint16: [0, 65535],
  int16: [-32768, 32767],
};

/** `width x height`, as messages print it. */
export function sizeText(page: { readonly width: number; readonly height: number }): string {
  return `${page.width} x ${page.height}`;
}
