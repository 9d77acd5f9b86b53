import type { Axis } from "./source.js";

/** The step from one index of an axis to the next. */
export interface AxisCalibration {
  readonly step: number;
  /** As the file writes it, in plain letters where there is a choice: `um`, `nm`, `s`. */
  readonly unit: string;
}

/** What a file says of its pixels. Everything is optional: a file says what it says. */
export interface ImageMetadata {
  readonly calibration?: Readonly<Partial<Record<Axis, AxisCalibration>>>;
  /** Names in the order of the axis C. */
  readonly channels?: readonly string[];
  /** The colours that the brightest pixels of channels are displayed in, `#rrggbb`, in the order of the axis C. */
  readonly channelColours?: readonly string[];
  /** The grey values that are displayed darkest and brightest, of each channel, or one for all. */
  readonly displayRanges?: readonly (readonly [low: number, high: number])[];
  /** Of planes that are no block of the axes of their image, and therefore a plain stack, see `selectPlanes`: what they are of it. */
  readonly sparse?: SparsePlanes;
  /** Of a file whose pages are known to lie along several axes, though not along which: the extents of these, the slowest first. They are then along T. */
  readonly unnamed?: readonly number[];
  /** Of a file that does not name the axis which its pages lie along: they are then along T. */
  readonly plainStack?: true;
  /** Of a file of several fields of view, which lie one after the other along T: the number of the one that each page shows. */
  readonly positions?: Uint32Array;
  /** The grey value that the file says stands for no value, as GDAL's NODATA and `_FillValue` do. Pixels that have it are read like others. */
  readonly nodata?: number;
  /** Which of the channels is transparency and no intensity, if one is. */
  readonly transparency?: number;
  /** What people have written about the image. */
  readonly text?: string;
  /** What the file says that is not read, or that a result cannot keep: sentences that go on after the file's name, such as `its smaller copies are not kept`. */
  readonly notes?: readonly string[];
  readonly own?: OwnMetadata;
}

/** Some planes of an image that lacks others, so that they fill no axes. */
export interface SparsePlanes {
  /** Along which the planes differ, the slowest first, without Y and X; and the extent of each. */
  readonly axes: readonly Axis[];
  readonly shape: readonly number[];
  /** Of each page the plane that it is, as an index of the planes of a full image. */
  readonly planes: Uint32Array;
  /** What is true of the image along these axes, and not of a plain stack. */
  readonly metadata: Pick<
    ImageMetadata,
    "calibration" | "channels" | "channelColours" | "displayRanges" | "transparency"
  >;
}

/**
 * What only the format it comes from understands, so that its writer gives the same kind of file back: where it is there, that writer goes by it and not
 * by the other fields. Plain data, which can be sent to a worker.
 */
export interface OwnMetadata {
  /** The format's name. */
  readonly format: string;
  /** What is true of any quantity at the same places. */
  readonly calibration: unknown;
  /** What speaks of these grey values. */
  readonly display?: unknown;
  /**
   * Which of the planes that `calibration` and `display` speak of the image has, in the order of its pages, as indices of the planes of what it was selected
   * from. Absent: all of them.
   */
  readonly planes?: Uint32Array;
}

/** The metadata of another quantity at the same places, such as an uncertainty: calibration and names of channels, and nothing that speaks of grey values. */
export function calibrationOf({ calibration, channels, sparse, own }: ImageMetadata): ImageMetadata {
  return {
    ...(calibration && { calibration }),
    ...(channels && { channels }),
    ...(sparse && { sparse }),
    ...(own && {
      own: { format: own.format, calibration: own.calibration, ...(own.planes && { planes: own.planes }) },
    }),
  };
}
