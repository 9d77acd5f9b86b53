import { type Size, toStage, type View } from "./view.js";
import type { DrawnLayer } from "./viewer.js";

export interface Drawing {
  readonly view: View;
  readonly stage: Size;
  /** Device pixels per CSS pixel. */
  readonly density: number;
  readonly left: readonly DrawnLayer[];
  readonly right: readonly DrawnLayer[];
  /** Where left ends and right begins, CSS pixels. */
  readonly divider: number;
}

/** Draws layers on a canvas of the stage's size. Above one device pixel per pixel of the image, pixels are squares. */
export function drawStage(
  context: CanvasRenderingContext2D,
  { view, stage, density, left, right, divider }: Drawing,
): void {
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, stage.width, stage.height);
  const draw = (layers: readonly DrawnLayer[], from: number, to: number): void => {
    if (to <= from) return;
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, stage.height);
    context.clip();
    for (const { bitmap, region } of layers) {
      const corner = toStage(view, stage, region);
      const width = region.width * view.scale;
      context.imageSmoothingEnabled = (width * density) / bitmap.width < 1;
      context.imageSmoothingQuality = "high";
      context.drawImage(bitmap, corner.x, corner.y, width, region.height * view.scale);
    }
    context.restore();
  };
  if (left === right) {
    draw(left, 0, stage.width);
    return;
  }
  draw(left, 0, divider);
  draw(right, divider, stage.width);
}
