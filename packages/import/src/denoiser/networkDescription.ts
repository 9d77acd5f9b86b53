import type { Publication } from "@clidim/denoise";

/** A step before or after the network, by its name in archives of the BioImage Model Zoo. Steps that go by the image itself are fitted to it. */
export type Step =
  | { readonly kind: "scale"; readonly gain: number; readonly offset: number }
  | { readonly kind: "clip"; readonly min: number; readonly max: number }
  | { readonly kind: "standard" }
  | { readonly kind: "percentiles"; readonly low: number; readonly high: number };

/** Valid sizes of a side: `min`, `min + step` and so on; with step 0 the one alone. */
export interface Side {
  readonly min: number;
  readonly step: number;
}

/** A letter for each axis of a tensor: batch, channel, rows, columns, and depths of extent 1. */
export type AxisLetter = "b" | "c" | "y" | "x" | "z";

/** A network from images to images of the same size, as a file describes it. */
export interface NetworkDescription {
  readonly name: string;
  readonly summary: string;
  readonly source?: Publication;
  /** The ONNX file. */
  readonly onnx: Uint8Array;
  readonly inputAxes: readonly AxisLetter[];
  readonly outputAxes: readonly AxisLetter[];
  readonly rows: Side;
  readonly columns: Side;
  /** What its input has for each pixel: captures that it sees at once. */
  readonly channels: number;
  readonly before: readonly Step[];
  readonly after: readonly Step[];
}
