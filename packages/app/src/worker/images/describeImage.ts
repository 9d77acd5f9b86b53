import {
  type Axis,
  type ImageSource,
  imageAxesOf,
  type PixelType,
  pageCountOf,
  pageSizeOf,
  sizeText,
} from "@clidim/imaging";
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
  {
    bytes,
    insteadOf,
    where,
  }: {
    readonly bytes?: number | undefined;
    readonly insteadOf?: string;
    readonly where?: string | undefined;
  } = {},
): OpenedImage {
  const { format, axes, shape, dtype, metadata } = source;
  const { width, height } = pageSizeOf(source);
  const image = imageAxesOf(source);
  const channels = image.shape[image.axes.indexOf("C")];
  const colours = { ...metadata, ...metadata.sparse?.metadata }.channelColours;
  const { X, Y } = metadata.calibration ?? {};
  const square = X && Y && X.step === Y.step && X.unit === Y.unit && X.step > 0;
  const size = `${sizeText({ width, height })} pixels`;
  const planes = [...planesText(source), size].join(" of ");
  const side = square ? `, ${Number(X.step.toPrecision(4))} ${X.unit} per pixel` : "";
  return {
    id,
    name: basename(source.name),
    ...{ format, axes, shape, dtype, width, height },
    ...(metadata.sparse && {
      sparse: { axes: image.axes, shape: image.shape, planes: [...metadata.sparse.planes] },
    }),
    channels: Array.from({ length: channels ?? 0 }, (_, i) => image.channels?.[i]?.trim() || String(i)),
    // Nothing would be seen in black.
    ...(channels !== undefined &&
      colours?.length === channels && {
        channelColours: colours.map((colour) => (colour === "#000000" ? "#ffffff" : colour)),
      }),
    ...(bytes !== undefined && { bytes }),
    ...(where !== undefined && { where }),
    summary: `${types[dtype]} ${format}, ${planes}${side}`,
    ...(square && { pixelSize: { size: X.step, unit: X.unit } }),
    ...(insteadOf !== undefined ? { insteadOf } : isDoubtful(source) && { axesDoubtful: true }),
    notes: (metadata.notes ?? []).map((note) => `${basename(source.name)}: ${note}`),
  };
}

/** "3 channels, 12 z planes"; of an image that lacks planes "19 of 20 planes (10 time points, 2 channels)". */
function planesText(source: ImageSource): readonly string[] {
  const { axes, shape } = imageAxesOf(source);
  const stacked = axes.flatMap((axis, i) => {
    if (!isStacked(axis)) return [];
    const count = shape[i]!;
    return [`${count} ${counted[axis][count === 1 ? 0 : 1]}`];
  });
  if (stacked.length === 0) return [];
  if (!source.metadata.sparse) return [stacked.join(", ")];
  const [there, all] = [pageCountOf(source), shape.reduce((a, b) => a * b, 1)];
  const count = there < all ? `${there} of ${all}` : there;
  return [`${count} planes (${stacked.join(", ")})`];
}

/** One that says how many axes its pages lie along and not which, or nothing of one; where a step along that is known, so is the axis. */
const isDoubtful = ({ axes, metadata }: ImageSource): boolean =>
  metadata.unnamed !== undefined ||
  (axes.length === 3 && metadata.plainStack === true && !metadata.calibration?.T);
