import type { Rectangle } from "../../engine/engine.js";
import type { Point } from "../../engine/painter.js";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What of an image is seen: CSS pixels per image pixel, and the point of the image in the middle of the stage. */
export interface View extends Point {
  readonly scale: number;
}

/** Space around an image that fits, CSS pixels. */
const MARGIN = 12;
const GREATEST = 64;

/** The whole image in the stage. */
export function fitView(image: Size, stage: Size): View {
  const scale = Math.min(
    Math.max(1, stage.width - 2 * MARGIN) / image.width,
    Math.max(1, stage.height - 2 * MARGIN) / image.height,
    GREATEST,
  );
  return { scale, x: image.width / 2, y: image.height / 2 };
}

export const toImage = (view: View, stage: Size, point: Point): Point => ({
  x: view.x + (point.x - stage.width / 2) / view.scale,
  y: view.y + (point.y - stage.height / 2) / view.scale,
});

export const toStage = (view: View, stage: Size, point: Point): Point => ({
  x: (point.x - view.x) * view.scale + stage.width / 2,
  y: (point.y - view.y) * view.scale + stage.height / 2,
});

/** Pixels of the screen per CSS pixel. */
const density = (): number => globalThis.devicePixelRatio ?? 1;

/** Pixels of the screen per pixel of the image. */
export const magnification = ({ scale }: View): number => scale * density();

/** The view with its middle in the image, and no smaller than a quarter of what fits, or one pixel of the image on one of the screen. */
export function boundView(view: View, image: Size, stage: Size): View {
  const least = Math.min(1 / density(), fitView(image, stage).scale / 4);
  return {
    scale: Math.min(GREATEST, Math.max(least, view.scale)),
    ...withinImage(view, image),
  };
}

/** Larger by a factor, with a point of the stage where it was. */
export function zoomView(view: View, factor: number, point: Point, image: Size, stage: Size): View {
  const held = toImage(view, stage, point);
  const { scale } = boundView({ ...view, scale: view.scale * factor }, image, stage);
  return boundView(
    {
      scale,
      x: held.x - (point.x - stage.width / 2) / scale,
      y: held.y - (point.y - stage.height / 2) / scale,
    },
    image,
    stage,
  );
}

/** Moved by CSS pixels. */
export const moveView = (view: View, by: Point, image: Size, stage: Size): View =>
  boundView({ ...view, x: view.x - by.x / view.scale, y: view.y - by.y / view.scale }, image, stage);

/** The nearest point of an image. */
export const withinImage = ({ x, y }: Point, { width, height }: Size): Point => ({
  x: Math.min(width, Math.max(0, x)),
  y: Math.min(height, Math.max(0, y)),
});

/** The pixels of the image that are on the screen, whole ones; at least one. */
export function visibleRegion(view: View, image: Size, stage: Size): Rectangle {
  const from = toImage(view, stage, { x: 0, y: 0 });
  const to = toImage(view, stage, { x: stage.width, y: stage.height });
  const x = Math.min(image.width - 1, Math.max(0, Math.floor(from.x)));
  const y = Math.min(image.height - 1, Math.max(0, Math.floor(from.y)));
  return {
    x,
    y,
    width: Math.max(1, Math.min(image.width, Math.ceil(to.x)) - x),
    height: Math.max(1, Math.min(image.height, Math.ceil(to.y)) - y),
  };
}
