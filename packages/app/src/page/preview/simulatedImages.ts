import { gaussianBlur, type SimulatedScene, simulateScenes } from "@clidim/imaging";
import type { OpenedImage, Place, PlanePixels } from "../../engine/engine.js";
import type { Scenario } from "./scenario.js";

/** Side of the planes. */
const SIZE = 384;

const scenes = new Map<number, SimulatedScene>();

/** A field of view, simulated when it is first asked for. */
function sceneOf(seed: number): SimulatedScene {
  const known = scenes.get(seed);
  if (known) return known;
  const made = simulateScenes({ seed, size: SIZE, scenes: 1, frames: 1, photons: 24 })[0]!; // One was asked for
  scenes.set(seed, made);
  return made;
}

export type Kind = "noisy" | "clean" | "denoised" | "uncertainty";

function valuesOf(kind: Kind, seed: number): Float32Array {
  const { noisy, clean } = sceneOf(seed);
  const values = Float32Array.from(noisy[0]!.data); // One frame
  switch (kind) {
    case "noisy":
      return values;
    case "clean":
      return clean.data;
    case "denoised": {
      const blurred = gaussianBlur({ width: SIZE, height: SIZE, data: values }, 1.1).data;
      return Float32Array.from(clean.data, (value, i) => 0.55 * value + 0.45 * blurred[i]!);
    }
    case "uncertainty":
      return Float32Array.from(clean.data, (value) => 3 + Math.sqrt(Math.max(0, value - 100)) * 1.2);
    default:
      return kind satisfies never;
  }
}

/** Every n-th pixel, n the least by which it fits. */
function reduced(
  data: Float32Array,
  longest: number,
): { readonly side: number; readonly data: Float32Array } {
  const step = Math.max(1, Math.ceil(SIZE / longest));
  const side = Math.floor(SIZE / step);
  return {
    side,
    data: Float32Array.from(
      { length: side * side },
      (_, i) => data[Math.floor(i / side) * step * SIZE + (i % side) * step]!,
    ),
  };
}

function described(width: number, height: number, data: Float32Array): PlanePixels {
  const sorted = Float32Array.from(data).sort();
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))]!;
  return { width, height, data, least: at(0), greatest: at(1), low: at(0.001), high: at(0.999) };
}

/** A plane of an image whose first scene has a seed; other places have other scenes. */
export function simulatedPlane(kind: Kind, seed: number, place: Place, longest: number = SIZE): PlanePixels {
  const own = seed + (place.C ?? 0) * 7 + (place.T ?? 0) * 11;
  const { side, data } = reduced(valuesOf(kind, own), longest);
  return described(side, side, data);
}

/** A part of a plane. */
export function simulatedRegion(
  kind: Kind,
  seed: number,
  place: Place,
  {
    x,
    y,
    width,
    height,
  }: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): PlanePixels {
  const { data } = simulatedPlane(kind, seed, place);
  const part = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    part.set(data.subarray((y + row) * SIZE + x, (y + row) * SIZE + x + width), row * width);
  }
  return described(width, height, part);
}

/** An image of as many planes, as the engine describes it. */
export function simulatedImage(
  id: string,
  name: string,
  stack: readonly (readonly ["T" | "C" | "Z", number])[],
  { doubtful, coloured }: Pick<Scenario, "doubtful" | "coloured">,
): OpenedImage {
  const extents = stack.map(([, extent]) => extent);
  const words = { T: "time points", C: "channels", Z: "z planes" } as const;
  const channels = stack.find(([axis]) => axis === "C")?.[1] ?? 1;
  return {
    id,
    name,
    format: "TIFF",
    axes: [...stack.map(([axis]) => axis), "Y", "X"],
    shape: [...extents, SIZE, SIZE],
    dtype: "uint16",
    width: SIZE,
    height: SIZE,
    channels: ["DAPI", "Actin", "Tubulin"].slice(0, channels),
    ...(coloured && { channelColours: ["#3060ff", "#00ff00", "#ff0000"].slice(0, channels) }),
    bytes: extents.reduce((product, extent) => product * extent, 2 * SIZE * SIZE),
    summary: `16-bit TIFF, ${stack.map(([axis, extent]) => `${extent} ${words[axis]}, `).join("")}${SIZE} x ${SIZE} pixels, 0.108 µm per pixel`,
    pixelSize: { size: 0.108, unit: "µm" },
    ...(doubtful && { axesDoubtful: true }),
    notes: [],
  };
}
