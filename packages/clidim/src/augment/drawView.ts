import { split, type Tensor } from "@clidim/tensor";
import { cutout } from "./cutout.js";
import { randomBlur } from "./randomBlur.js";
import { randomExposure } from "./randomExposure.js";
import { randomMirror } from "./randomMirror.js";
import { randomNoise } from "./randomNoise.js";
import { randomOrientation } from "./randomOrientation.js";
import { randomResizedCrop } from "./randomResizedCrop.js";
import { randomShift } from "./randomShift.js";

export const augmentationNames = ["released", "unresampled", "renoised"] as const;

/**
 * How the views of the contrastive term come about. "released": mirrored, blurred, a rectangle enlarged, as in the released code.
 * "unresampled": turned, shifted, exposed anew, partly covered; pixels are moved whole, so that noise stays the noise it is. "renoised": the same with more
 * noise of its kind (see `randomNoise`).
 */
export type Augmentation = (typeof augmentationNames)[number];

/**
 * A random view of each square image of x [N,S,S,C], of the same shape, drawn from `key`. "renoised" needs the noise of each image, f32 [N,2], for its first
 * channel.
 */
export function drawView(augmentation: Augmentation, key: Tensor, x: Tensor, noise?: Tensor): Tensor {
  switch (augmentation) {
    case "released": {
      const [mirror, blur, crop] = split(key, 3);
      return randomResizedCrop(crop, randomBlur(blur, randomMirror(mirror, x)));
    }
    case "unresampled": {
      const [orientation, shift, exposure, cover] = split(key, 4);
      const moved = randomShift(shift, randomOrientation(orientation, x), { border: "reflect" });
      return cutout(cover, randomExposure(exposure, moved), 1 / 4);
    }
    case "renoised": {
      if (!noise) {
        throw new Error("drawView: renoised views need the noise of each image, [N,2]: gain and offset");
      }
      const [noiseKey, viewKey] = split(key);
      return drawView("unresampled", viewKey, randomNoise(noiseKey, x, noise));
    }
    default:
      return augmentation satisfies never;
  }
}
