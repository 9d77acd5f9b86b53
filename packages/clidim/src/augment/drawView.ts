import { split, type Tensor } from "@clidim/tensor";
import { cutout } from "./cutout.js";
import { randomBlur } from "./randomBlur.js";
import { randomExposure } from "./randomExposure.js";
import { randomMirror } from "./randomMirror.js";
import { randomOrientation } from "./randomOrientation.js";
import { randomResizedCrop } from "./randomResizedCrop.js";
import { randomShift } from "./randomShift.js";

export const augmentationNames = ["released", "unresampled"] as const;

/**
 * How the views of the contrastive term come about. "released": mirrored, blurred, a rectangle enlarged, as in the released code.
 * "unresampled": turned, shifted, exposed anew, partly covered; pixels are moved whole, so that noise stays the noise it is.
 */
export type Augmentation = (typeof augmentationNames)[number];

/** A random view of each square image of x [N,S,S,C], of the same shape, drawn from `key`. */
export function drawView(augmentation: Augmentation, key: Tensor, x: Tensor): Tensor {
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
    default:
      return augmentation satisfies never;
  }
}
