import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { OpenedImage } from "../../engine/engine.js";
import { useSession } from "../session/context.js";
import { atMost } from "./atMost.js";

/** Pixels of its longer side, twice of what is shown. */
const LONGEST = 96;

/** What is looked at is read at the same time, and should not wait for a folder of images. */
const inTurn = atMost(2);

/** The first plane of an image, small. Where it cannot be read, nothing: the viewer says why. */
export function Thumbnail({ image }: { readonly image: OpenedImage }): JSX.Element {
  const { painter } = useSession();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let wanted = true;
    const Z = Math.floor(((image.shape[image.axes.indexOf("Z")] ?? 1) - 1) / 2);
    const plane = { image: image.id, place: { Z }, longest: LONGEST };
    const [colour] = image.channelColours ?? [];
    const paint = async (): Promise<void> => {
      const bitmap = await painter.paint({ kind: "grey", plane, ...(colour !== undefined && { colour }) });
      if (!wanted || !canvas.current) return bitmap.close();
      canvas.current.width = bitmap.width;
      canvas.current.height = bitmap.height;
      canvas.current.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
    };
    inTurn(paint, () => wanted);
    return () => {
      wanted = false;
    };
  }, [painter, image]);
  return <canvas class="thumbnail" ref={canvas} width={1} height={1} />;
}
