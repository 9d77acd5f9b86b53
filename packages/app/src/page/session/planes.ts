import type { Engine, Place, PlanePixels, Rectangle } from "../../engine/engine.js";
import { LONGEST_SIDE } from "../../engine/longestSide.js";

/** Bytes of planes that are kept for going back to. */
const KEPT = 256 * 2 ** 20;

/** Planes that were looked at, the latest last; the oldest go. */
export interface Planes {
  /** A plane, or a region of it. */
  get(image: string, place: Place, region?: Rectangle): Promise<PlanePixels>;
  forget(image: string): void;
}

export function createPlanes(engine: Engine): Planes {
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
    get: async (image, place, region) => {
      const { x, y, width, height } = region ?? {};
      const key = [image, place.C ?? 0, place.Z ?? 0, place.T ?? 0, x, y, width, height].join(" ");
      const known = kept.get(key);
      if (known) return known;
      const asked = engine.plane(image, place, LONGEST_SIDE, region);
      kept.set(key, asked);
      try {
        const pixels = await asked;
        sizes.set(key, pixels.data.byteLength);
        makeRoom();
        return pixels;
      } catch (error) {
        kept.delete(key);
        throw error;
      }
    },
    forget: (image) => {
      for (const key of kept.keys()) {
        if (!key.startsWith(`${image} `)) continue;
        kept.delete(key);
        sizes.delete(key);
      }
    },
  };
}
