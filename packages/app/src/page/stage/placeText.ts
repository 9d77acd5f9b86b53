import type { OpenedImage, Place } from "../../engine/engine.js";
import { placeIn } from "../../engine/placeIn.js";

const names = { C: "channel", Z: "depth", T: "time" } as const;

/** Where a plane of an image that lacks others belongs, along the axes that it does not fill: "GFP, depth 2, time 7". */
export function placeText(
  image: Pick<OpenedImage, "axes" | "shape" | "sparse" | "channels">,
  place: Place,
): string {
  const at = placeIn(image, place);
  return (["C", "Z", "T"] as const)
    .flatMap((axis) => {
      const index = at[axis];
      if (index === undefined || (axis !== "T" && image.axes.includes(axis))) return [];
      const name = axis === "C" ? image.channels[index] : undefined;
      return name !== undefined && name !== String(index) ? [name] : [`${names[axis]} ${index + 1}`];
    })
    .join(", ");
}
