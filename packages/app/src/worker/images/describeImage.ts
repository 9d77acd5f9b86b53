import { type Axis, type ImageSource, type PixelType, pageSizeOf, sizeText } from "@clidim/imaging";
import { basename } from "pathe";
import type { OpenedImage } from "../../engine/engine.js";

const types: Readonly<Record<PixelType, string>> = {
  uint8: "8-bit",
  uint16: "16-bit",
  int16: "signed 16-bit",
  float32: "32-bit float",
};

const counted: Readonly<Record<"T" | "C" | "Z", readonly [one: string, several: string]>> = {
  T: ["time point", "time points"],
  C: ["channel", "channels"],
  Z: ["z plane", "z planes"],
};

const isStacked = (axis: Axis): axis is "T" | "C" | "Z" => axis !== "X" && axis !== "Y";

/** What the page is told of an image. */
export function describeImage(
  id: string,
  source: ImageSource,
  { bytes, insteadOf }: { readonly bytes?: number | undefined; readonly insteadOf?: string } = {},
): OpenedImage {
  const { format, axes, shape, dtype, metadata } = source;
  const { width, height } = pageSizeOf(source);
  const channels = shape[axes.indexOf("C")];
  const colours = metadata.channelColours;
  const { X, Y } = metadata.calibration ?? {};
  const square = X && Y && X.step === Y.step && X.unit === Y.unit && X.step > 0;
  const stacked = axes.flatMap((axis, i) => {
    if (!isStacked(axis)) return [];
    const count = shape[i]!;
    return [`${count} ${counted[axis][count === 1 ? 0 : 1]}`];
  });
  const size = `${sizeText({ width, height })} pixels`;
  const planes = stacked.length > 0 ? `${stacked.join(", ")} of ${size}` : size;
  const side = square ? `, ${Number(X.step.toPrecision(4))} ${X.unit} per pixel` : "";
  return {
    id,
    name: basename(source.name),
    ...{ format, axes, shape, dtype, width, height },
    channels: Array.from({ length: channels ?? 0 }, (_, i) => metadata.channels?.[i]?.trim() || String(i)),
    // Nothing would be seen in black.
    ...(channels !== undefined &&
      colours?.length === channels && {
        channelColours: colours.map((colour) => (colour === "#000000" ? "#ffffff" : colour)),
      }),
    ...(bytes !== undefined && { bytes }),
    summary: `${types[dtype]} ${format}, ${planes}${side}`,
    ...(square && { pixelSize: { size: X.step, unit: X.unit } }),
    ...(insteadOf !== undefined ? { insteadOf } : isDoubtful(source) && { axesDoubtful: true }),
    notes: (metadata.notes ?? []).map((note) => `${basename(source.name)}: ${note}`),
  };
}

/** A file that says nothing of its pages has them along T, without a step; so has one that says how many axes there are, and not which. */
const isDoubtful = ({ axes, metadata }: ImageSource): boolean =>
  metadata.unnamed !== undefined || (axes.length === 3 && axes[0] === "T" && !metadata.calibration?.T);
