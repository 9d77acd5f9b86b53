import { automaticContrast } from "../engine/automaticContrast.js";
import type { Engine } from "../engine/engine.js";
import type { Painter, Picture } from "../engine/painter.js";
import { histogramOf } from "./histogram.js";
import { greyPicture, residualLimit, residualPicture, uncertaintyPicture } from "./pictures.js";
import { createPlanes } from "./planes.js";
import { distancesAlong, valuesAlong } from "./profile.js";

/** A painter of the images of an engine. */
export function createPainter(engine: Pick<Engine, "plane">): Painter {
  const planes = createPlanes(engine);
  const { get } = planes;

  async function paint(picture: Picture): Promise<ImageBitmap> {
    switch (picture.kind) {
      case "grey": {
        const pixels = await get(picture.plane);
        return greyPicture(pixels, picture.contrast ?? automaticContrast(pixels), picture.colour);
      }
      case "residual":
        return residualPicture(await get(picture.noisy), await get(picture.denoised), picture.limit);
      case "uncertainty":
        return uncertaintyPicture(
          await get(picture.denoised),
          await get(picture.spread),
          picture.contrast,
          picture.range,
        );
      default:
        return picture satisfies never;
    }
  }

  return {
    look: async (plane) => {
      const { data: _pixels, ...facts } = await get(plane);
      return facts;
    },
    keep: async (plane, pixels) => planes.keep(plane, pixels),
    paint,
    residualLimit: async (noisy, denoised) => residualLimit(await get(noisy), await get(denoised)),
    histograms: (asked, least, greatest, bins) =>
      Promise.all(asked.map(async (plane) => histogramOf(await get(plane), least, greatest, bins))),
    profiles: async (asked, image, line) => {
      const distances = distancesAlong(line);
      return {
        distances,
        values: await Promise.all(
          asked.map(async (plane) => valuesAlong(await get(plane), image, line, distances)),
        ),
      };
    },
    forget: async (image) => planes.forget(image),
  };
}
