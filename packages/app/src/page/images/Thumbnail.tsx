import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { OpenedImage } from "../../engine/engine.js";
import { useSession } from "../session/context.js";
import { greyBitmap } from "../stage/bitmaps.js";

/** Pixels of its longer side, twice of what is shown. */
const LONGEST = 96;

/** The first plane of an image, small. Where it cannot be read, nothing: the viewer says why. */
export function Thumbnail({ image }: { readonly image: OpenedImage }): JSX.Element {
  const { engine } = useSession();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let wanted = true;
    const Z = Math.floor(((image.shape[image.axes.indexOf("Z")] ?? 1) - 1) / 2);
    engine.plane(image.id, { Z }, LONGEST).then(
      (pixels) => {
        if (!wanted || !canvas.current) return;
        canvas.current.width = pixels.width;
        canvas.current.height = pixels.height;
        canvas.current
          .getContext("2d")
          ?.drawImage(greyBitmap(pixels, pixels, image.channelColours?.[0]), 0, 0);
      },
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [engine, image]);
  return <canvas class="thumbnail" ref={canvas} width={1} height={1} />;
}
