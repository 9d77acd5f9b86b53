import type { ProxyMarked } from "comlink";
import type { Place, PlanePixels, Rectangle } from "./engine.js";

/** A plane of an image, or a region of it; reduced to `longest` pixels along its longer side where it has more, or to as many as are put on a screen. */
export interface PlaneChoice {
  readonly image: string;
  readonly place: Place;
  readonly region?: Rectangle;
  readonly longest?: number;
}

/** What the page knows of a plane; its pixels stay with the painter. */
export type PlaneFacts = Omit<PlanePixels, "data">;

/** A plane or a part of it, and where in the image it is. */
export interface Layer {
  readonly plane: PlaneChoice;
  readonly facts: PlaneFacts;
  readonly region: Rectangle;
}

/** Grey values that are shown as black and as white. */
export interface Contrast {
  readonly low: number;
  readonly high: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line in an image, in its pixels. */
export interface Line {
  readonly from: Point;
  readonly to: Point;
}

/** What is painted. Planes of one picture have one size. */
export type Picture =
  /** From black to white, or to the colour `#rrggbb`; without a contrast, of the plane's own percentiles. */
  | {
      readonly kind: "grey";
      readonly plane: PlaneChoice;
      readonly contrast?: Contrast;
      readonly colour?: string;
    }
  /** What was taken away, from `-limit` to `limit`. */
  | {
      readonly kind: "residual";
      readonly noisy: PlaneChoice;
      readonly denoised: PlaneChoice;
      readonly limit: number;
    }
  /** The denoised plane in grey, with more colour the less certain it is: none at the low end of `range`, most at its high end. */
  | {
      readonly kind: "uncertainty";
      readonly denoised: PlaneChoice;
      readonly spread: PlaneChoice;
      readonly contrast: Contrast;
      readonly range: Contrast;
    };

/** What the page asks of the worker that looks at pixels for it. It reads planes from the engine, and keeps those of late. */
export interface Painter {
  look(plane: PlaneChoice): Promise<PlaneFacts>;
  /** Keeps pixels that are of no image, under the name of one that there is not, until that is forgotten. */
  keep(plane: PlaneChoice, pixels: PlanePixels): Promise<void>;
  paint(picture: Picture): Promise<ImageBitmap>;
  /** The value that 99.5 % of the differences do not pass: the ends of the residual's scale. */
  residualLimit(noisy: PlaneChoice, denoised: PlaneChoice): Promise<number>;
  /** Of each plane, the number of pixels in each of `bins` equal intervals from `least` to `greatest`; pixels outside, and NaN, are in none. */
  histograms(
    planes: readonly PlaneChoice[],
    least: number,
    greatest: number,
    bins: number,
  ): Promise<readonly Float64Array[]>;
  /** Distances along a line in pixels of the image, and the grey values of each plane there. */
  profiles(
    planes: readonly PlaneChoice[],
    image: { readonly width: number; readonly height: number },
    line: Line,
  ): Promise<{ readonly distances: readonly number[]; readonly values: readonly (readonly number[])[] }>;
  /** Forgets all planes of an image. */
  forget(image: string): Promise<void>;
}

/** What the painter's worker does. */
export interface PainterMaker {
  /** A painter of the images of the engine behind a port. */
  painterFor(port: MessagePort): Painter & ProxyMarked;
}
