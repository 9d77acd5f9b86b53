import { type DType, isFloat } from "./dtype.js";
import { tensor } from "./ops/creation.js";
import { describe, expectOptions, show } from "./primitives/expect.js";
import { Tensor } from "./tensor.js";

/** Pixels of four bytes each, red, green, blue and alpha, row by row: an ImageData, or what a decoder of PNG or JPEG makes. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** A class of browsers, where the program that is being compiled knows it. */
type Global<Name extends string> =
  typeof globalThis extends Record<Name, { readonly prototype: infer Instance }> ? Instance : never;

/** What a browser can draw on a canvas. */
export type Drawable =
  | Global<"HTMLCanvasElement">
  | Global<"HTMLImageElement">
  | Global<"HTMLVideoElement">
  | Global<"ImageBitmap">
  | Global<"OffscreenCanvas">
  | Global<"VideoFrame">;

export interface PixelOptions {
  /** What full brightness is: "unit" for 1, "bytes" for 255. Default: "unit" for floats, "bytes" for integers, which can be nothing else. */
  readonly scale?: "unit" | "bytes";
}

export interface FromPixelsOptions extends PixelOptions {
  /** 1: grey, 0.299 red + 0.587 green + 0.114 blue (ITU-R 601, as PIL's "L"); 3: red, green and blue; 4: with alpha. Default 3. */
  readonly channels?: 1 | 3 | 4;
  /** Default f32. */
  readonly dtype?: Exclude<DType, "bool">;
}

/** The members of canvases that are called here, in place of TypeScript's DOM library. */
interface Canvas {
  width: number;
  height: number;
  getContext(
    kind: "2d",
    options?: { readonly willReadFrequently: boolean },
  ): {
    drawImage(source: unknown, x: number, y: number, width: number, height: number): void;
    getImageData(x: number, y: number, width: number, height: number): Pixels;
    putImageData(pixels: unknown, x: number, y: number): void;
  } | null;
}

interface BrowserGlobals {
  readonly OffscreenCanvas?: new (width: number, height: number) => Canvas;
  readonly ImageData?: new (data: Uint8ClampedArray, width: number, height: number) => unknown;
}

// What browsers have beside Node; each member is looked at before it is used.
const browser = globalThis as BrowserGlobals;

const isPixels = (source: object): source is Pixels =>
  "data" in source && (source.data instanceof Uint8ClampedArray || source.data instanceof Uint8Array);

/** Extents of what is drawn: of a video those of its pictures, not of its place in the page. */
const extentNames = [
  ["videoWidth", "videoHeight"],
  ["naturalWidth", "naturalHeight"],
  ["displayWidth", "displayHeight"],
  ["width", "height"],
] as const;

function drawn(source: object): Pixels {
  const record = source as Readonly<Record<string, unknown>>;
  // The first pair that there is decides: that of an image or a video which is not loaded is 0, whatever place it has in the page.
  const names = extentNames.find(
    ([width, height]) => typeof record[width] === "number" && typeof record[height] === "number",
  );
  const [width = 0, height = 0] = (names ?? []).map((name) => Number(record[name]));
  if (width <= 0 || height <= 0 || browser.OffscreenCanvas === undefined) {
    throw new Error(
      `fromPixels: expected pixels { width, height, data } with bytes of red, green, blue and alpha, or something that a browser can draw and has loaded, got ${show(source)}`,
    );
  }
  const context = new browser.OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("fromPixels: this browser gives no 2d canvas; pass an ImageData");
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

const grey = (data: Pixels["data"], at: number): number =>
  0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;

/** The factor from bytes to the values of a tensor. Throws where integers were to reach from 0 to 1. */
function unitOf(op: string, dtype: DType, scale: string | undefined): number {
  const chosen = scale ?? (isFloat(dtype) ? "unit" : "bytes");
  if ((chosen !== "unit" && chosen !== "bytes") || (chosen === "unit" && !isFloat(dtype))) {
    throw new Error(`${op}: scale must be "bytes", or "unit" for floats, got ${show(scale)} for ${dtype}`);
  }
  return chosen === "unit" ? 1 / 255 : 1;
}

/**
 * An image as a tensor [H, W, channels]: an ImageData, pixels of a decoder, or whatever a browser can draw (images, bitmaps, canvases, videos and their frames), which passes through a
 * canvas. Values are 0 to 1 for floats and 0 to 255 for integers unless `scale` says otherwise. Alpha is left out, not blended, unless asked for. Throws for an image that is not loaded.
 */
export function fromPixels(source: Pixels | Drawable, options: FromPixelsOptions = {}): Tensor {
  expectOptions("fromPixels", options, ["channels", "dtype", "scale"]);
  const { channels = 3, dtype = "f32", scale } = options;
  if (![1, 3, 4].includes(channels)) {
    throw new Error(`fromPixels: channels must be 1, 3 or 4, got ${show(channels)}`);
  }
  const given: unknown = source;
  if (typeof given !== "object" || given === null) {
    throw new Error(
      `fromPixels: expected an image, got ${show(given)}; decode files first, by createImageBitmap(blob) in browsers`,
    );
  }
  const { width, height, data } = isPixels(given) ? given : drawn(given);
  if (data.length !== 4 * width * height) {
    throw new Error(
      `fromPixels: ${width} x ${height} pixels need ${4 * width * height} bytes, red, green, blue and alpha each, got ${data.length}`,
    );
  }
  const unit = unitOf("fromPixels", dtype, scale);
  const values = new Float32Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (channels === 1) values[pixel] = grey(data, 4 * pixel) * unit;
    else for (let c = 0; c < channels; c++) values[pixel * channels + c] = data[4 * pixel + c]! * unit;
  }
  return tensor(isFloat(dtype) ? values : values.map(Math.round), {
    shape: [height, width, channels],
    dtype,
  });
}

/**
 * The pixels of an image [H, W] or [H, W, 1] in grey, [H, W, 3] or, with alpha, [H, W, 4]. Values are 0 to 1 for floats and 0 to 255 for integers unless `scale` says otherwise; those beyond are
 * held to that, NaN is black, and a bool black or white. Rejects for other shapes.
 */
export async function toPixels(
  x: Tensor,
  options: PixelOptions = {},
): Promise<Pixels & { readonly data: Uint8ClampedArray<ArrayBuffer> }> {
  expectOptions("toPixels", options, ["scale"]);
  if (!(x instanceof Tensor)) throw new Error(`toPixels: expected a tensor, got ${show(x)}`);
  const [height = 0, width = 0, channels = 1] = x.shape;
  if (![2, 3].includes(x.shape.length) || ![1, 3, 4].includes(channels)) {
    throw new Error(
      `toPixels: expected an image [H,W], [H,W,1], [H,W,3] or [H,W,4], got ${describe(x)}; take one of a batch first`,
    );
  }
  const unit = x.dtype === "bool" ? 1 / 255 : unitOf("toPixels", x.dtype, options.scale);
  const values = await x.data();
  // Its elements round and stay in 0 to 255 by themselves.
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < Math.max(channels, 3); c++) {
      data[4 * pixel + c] = values[pixel * channels + (channels === 1 ? 0 : c)]! / unit;
    }
  }
  return { width, height, data };
}

/** Draws an image, as `toPixels` reads it, on a canvas, which takes its size, and resolves to the canvas. In browsers. */
export async function toCanvas<C extends Global<"HTMLCanvasElement"> | Global<"OffscreenCanvas">>(
  x: Tensor,
  canvas: C,
  options: PixelOptions = {},
): Promise<C> {
  const { width, height, data } = await toPixels(x, options);
  const target: Canvas = canvas as unknown as Canvas; // the members of both kinds that are used
  target.width = width;
  target.height = height;
  const context = target.getContext("2d");
  if (!context || browser.ImageData === undefined) {
    throw new Error("toCanvas: expected a canvas with a 2d context, in a browser; toPixels works everywhere");
  }
  context.putImageData(new browser.ImageData(data, width, height), 0, 0);
  return canvas;
}
