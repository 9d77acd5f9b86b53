import {
  affineOf,
  type Image,
  type LazyPage,
  meanImage,
  type NoiseModel,
  type Normalization,
  normalize,
  type Plane,
  type Rectangle,
} from "@clidim/imaging";

/** A noisy page in memory. Where a network sees several captures at once it is their mean, and `frames` are these. */
export interface NoisyPlane extends Plane {
  readonly frames?: readonly Plane[];
  /** Of a part of a page: what was estimated in the page; see `levelOfPage`. */
  readonly noise?: NoiseModel;
  /** Where missing pixels were filled: the page as it was, with all of them missing, which tells its noise: what they are filled with has none. */
  readonly unfilled?: NoisyPlane;
}

/** A noisy page, or the mean of several captures, that is read when it is asked for. */
export interface NoisyPage extends LazyPage {
  /** See `NoisyPlane`. */
  readonly unfilled?: NoisyPage;
  read(window?: Rectangle): Promise<NoisyPlane>;
}

/** The mean of captures of one size, with these; it has no value where one of them has none. */
export const meanOfFrames = (frames: readonly Plane[]): Image<"float32"> & NoisyPlane => ({
  ...meanImage(frames),
  frames,
});

/** The mean of captures, of each of which the window alone is read that is asked for. */
export function framesPage(frames: readonly LazyPage[]): NoisyPage {
  const { width, height, rowsAtOnce } = frames[0]!;
  return {
    width,
    height,
    dtype: "float32",
    ...(rowsAtOnce !== undefined && { rowsAtOnce }),
    read: async (window) => {
      const planes: Plane[] = [];
      for (const frame of frames) planes.push(await frame.read(window));
      return meanOfFrames(planes);
    },
  };
}

/** Grey values as a network sees them: row-major, those of all frames of a pixel one after the other. */
export function frameValues({ data, frames }: Pick<NoisyPlane, "data" | "frames">): ArrayLike<number> {
  if (!frames) return data;
  const values = new Float32Array(frames.length * data.length);
  for (const [k, frame] of frames.entries()) {
    for (let i = 0; i < data.length; i++) values[i * frames.length + k] = frame.data[i]!;
  }
  return values;
}

/**
 * Rows of a page as a network sees them: grey values of `frames` captures, pixel by pixel, in network values; with `noise`, the Poisson-Gaussian noise of one capture, the standard deviation that it has at the mean of
 * the pixel follows them: sqrt(max(0, gain m + offset)), in network values.
 */
export function networkValues(
  values: ArrayLike<number>,
  map: Normalization,
  frames = 1,
  noise?: NoiseModel,
): Float32Array {
  const normalized = normalize(values, map);
  if (!noise) return normalized;
  const { scale } = affineOf(map);
  const pixels = values.length / frames;
  const channels = frames + 1;
  const seen = new Float32Array(pixels * channels);
  for (let i = 0; i < pixels; i++) {
    let sum = 0;
    for (let k = 0; k < frames; k++) {
      sum += values[i * frames + k]!;
      seen[i * channels + k] = normalized[i * frames + k]!;
    }
    seen[i * channels + frames] = scale * noiseLevel(noise, sum / frames);
  }
  return seen;
}

/** The standard deviation of noise at a grey value. */
const noiseLevel = ({ gain, offset }: NoiseModel, value: number): number =>
  Math.sqrt(Math.max(0, gain * value + offset));
