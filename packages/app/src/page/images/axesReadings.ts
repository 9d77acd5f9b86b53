import type { Axis } from "@clidim/imaging";
import type { OpenedImage } from "../../engine/engine.js";

const names = {
  T: ["time point", "time points"],
  C: ["channel", "channels"],
  Z: ["z plane", "z planes"],
} as const;
type Stacked = keyof typeof names;

/** A way to read an image's axes: what `withAxes` is given, and in words. */
export interface AxesReading {
  readonly axes: string;
  readonly text: string;
}

const isStacked = (axis: Axis): axis is Stacked => axis !== "X" && axis !== "Y";

const arrangements = (count: number, from: readonly Stacked[]): readonly (readonly Stacked[])[] =>
  count === 0
    ? [[]]
    : from.flatMap((first) =>
        arrangements(
          count - 1,
          from.filter((axis) => axis !== first),
        ).map((rest) => [first, ...rest]),
      );

/** All readings of an image with as many axes before its rows and columns; none where it is one plane. */
export function axesReadings({ axes, shape }: Pick<OpenedImage, "axes" | "shape">): AxesReading[] {
  const count = axes.filter(isStacked).length;
  if (count === 0) return [];
  return arrangements(count, ["T", "C", "Z"]).map((stacked) => ({
    axes: `${stacked.join("")}YX`,
    text: stacked.map((axis, i) => `${shape[i]} ${names[axis][shape[i] === 1 ? 0 : 1]}`).join(", "),
  }));
}
