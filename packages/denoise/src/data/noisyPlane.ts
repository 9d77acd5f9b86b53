import {
  type Image,
  type LazyPage,
  meanImage,
  type Normalization,
  normalize,
  type Plane,
  type Rectangle,
} from "@clidim/imaging";

/** A noisy page in memory. Where a network sees several captures at once it is their mean, and `frames` are these. */
export interface NoisyPlane extends Plane {
  readonly frames?: readonly Plane[];
}

/** A noisy page, or the mean of several captures, that is read when it is asked for. */
export interface NoisyPage extends LazyPage {
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

/** A page in network values, row-major, those of all frames of a pixel one after the other. */
export const networkValues = (page: Pick<NoisyPlane, "data" | "frames">, map: Normalization): Float32Array =>
  normalize(frameValues(page), map);
