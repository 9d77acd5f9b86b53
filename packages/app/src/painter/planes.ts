import type { Engine, PlanePixels } from "../engine/engine.js";
import { LONGEST_SIDE } from "../engine/longestSide.js";
import type { PlaneChoice } from "../engine/painter.js";

/** Bytes of planes that are kept for going back to. */
const KEPT = 256 * 2 ** 20;

/** Planes that were looked at, the latest last; the oldest go. */
export interface Planes {
  get(plane: PlaneChoice): Promise<PlanePixels>;
  /** Keeps pixels until their image is forgotten. */
  keep(plane: PlaneChoice, pixels: PlanePixels): void;
  forget(image: string): void;
}

function keyOf({ image, place, region, longest = LONGEST_SIDE }: PlaneChoice): string {
  const { x, y, width, height } = region ?? {};
  return [image, place.C ?? 0, place.Z ?? 0, place.T ?? 0, x, y, width, height, longest].join(" ");
}

export function createPlanes(engine: Pick<Engine, "plane">): Planes {
  const kept = new Map<string, Promise<PlanePixels>>();
  const sizes = new Map<string, number>();

  function makeRoom(): void {
    let bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const [key, size] of sizes) {
      if (bytes <= KEPT || sizes.size <= 2) return;
      kept.delete(key);
      sizes.delete(key);
      bytes -= size;
    }
  }

  return {
    get: async (plane) => {
      const key = keyOf(plane);
      const known = kept.get(key);
      if (known) {
        const size = sizes.get(key);
        if (size !== undefined) {
          sizes.delete(key);
          sizes.set(key, size);
        }
        return known;
      }
      const { image, place, region, longest = LONGEST_SIDE } = plane;
      const asked = engine.plane(image, place, longest, region);
      kept.set(key, asked);
      try {
        const pixels = await asked;
        // It may have been forgotten meanwhile.
        if (kept.get(key) === asked) {
          sizes.set(key, pixels.data.byteLength);
          makeRoom();
        }
        return pixels;
      } catch (error) {
        kept.delete(key);
        throw error;
      }
    },
    keep: (plane, pixels) => void kept.set(keyOf(plane), Promise.resolve(pixels)),
    forget: (image) => {
      for (const key of kept.keys()) {
        if (!key.startsWith(`${image} `)) continue;
        kept.delete(key);
        sizes.delete(key);
      }
    },
  };
}
