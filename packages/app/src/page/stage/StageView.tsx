import { effect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Point } from "../../engine/painter.js";
import { sentenceText } from "../controls/words.js";
import { useSession } from "../session/context.js";
import { Divider } from "./Divider.js";
import { drawStage } from "./drawStage.js";
import { ProfileLine } from "./ProfileLine.js";
import { followPointers } from "./pointers.js";
import { StageScales } from "./StageScales.js";
import { fitView, magnification, moveView, toImage, withinImage, zoomView } from "./view.js";
import "./stage-view.css";

/** CSS pixels that an arrow key moves by. */
const STEP = 48;

/** The image on its canvas. Pointers and keys move and zoom; a line of the profile is drawn on it. */
export function StageView(): JSX.Element {
  const { images, viewer } = useSession();
  const element = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);

  const zoom = (factor: number, around?: Point): void => {
    const image = images.current.value;
    const view = viewer.shownView.value;
    const stage = viewer.stage.value;
    if (!image || !view) return;
    const point = around ?? { x: stage.width / 2, y: stage.height / 2 };
    viewer.view.value = zoomView(view, factor, point, image, stage);
  };
  const move = (by: Point): void => {
    const image = images.current.value;
    const view = viewer.shownView.value;
    if (image && view) viewer.view.value = moveView(view, by, image, viewer.stage.value);
  };

  useEffect(() => {
    const surface = element.current!; // It is there once it was rendered
    const sizes = new ResizeObserver(([entry]) => {
      if (!entry) return;
      const { width, height } = entry.contentRect;
      viewer.stage.value = { width, height };
    });
    sizes.observe(surface);
    const onImage = (point: Point): Point => {
      const place = toImage(viewer.shownView.value!, viewer.stage.value, point);
      // There are no grey values beside it.
      return images.current.value ? withinImage(place, images.current.value) : place;
    };
    const unfollow = followPointers(surface, {
      begin: () => viewer.inspecting.value === "profile" && viewer.shownView.value !== undefined,
      drag: (start, from, to, drawing) => {
        if (drawing) viewer.line.value = { from: onImage(start), to: onImage(to) };
        else move({ x: to.x - from.x, y: to.y - from.y });
      },
      zoom,
    });
    return () => {
      sizes.disconnect();
      unfollow();
    };
  }, [viewer, images]);

  // An effect of its own, which runs at once: `useSignalEffect` waits for a frame, in which pixels would be drawn that the viewer has let go.
  useEffect(() => {
    let frame = 0;
    const end = effect(() => {
      const view = viewer.shownView.value;
      const stage = viewer.stage.value;
      const layers = viewer.layers.value;
      const divider = viewer.divider.value * stage.width;
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        const target = canvas.current;
        const context = target?.getContext("2d");
        if (!target || !context) return;
        const density = window.devicePixelRatio;
        const [width, height] = [Math.round(stage.width * density), Math.round(stage.height * density)];
        if (target.width !== width || target.height !== height) {
          target.width = width;
          target.height = height;
        }
        if (view) drawStage(context, { view, stage, density, divider, ...layers });
        else context.clearRect(0, 0, width, height);
      });
    });
    return () => {
      end();
      cancelAnimationFrame(frame);
    };
  }, [viewer]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => move({ x: STEP, y: 0 }),
      ArrowRight: () => move({ x: -STEP, y: 0 }),
      ArrowUp: () => move({ x: 0, y: STEP }),
      ArrowDown: () => move({ x: 0, y: -STEP }),
      "+": () => zoom(1.5),
      "=": () => zoom(1.5),
      "-": () => zoom(1 / 1.5),
      "0": () => {
        viewer.view.value = undefined;
      },
      "1": () => {
        if (viewer.shownView.value) zoom(1 / magnification(viewer.shownView.value));
      },
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };

  const image = images.current.value;
  const failure = viewer.failure.value;
  return (
    <div
      ref={element}
      class="stage-view"
      data-profiling={viewer.inspecting.value === "profile"}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is operated by the keyboard
      tabIndex={0}
      role="application"
      aria-label={
        image
          ? `${images.titleOf(image)}. Arrows move, plus and minus zoom, 0 shows all, 1 shows pixels.`
          : "Image"
      }
      onKeyDown={onKeyDown}
      onDblClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const fits = image && fitView(image, viewer.stage.value).scale === viewer.shownView.value?.scale;
        if (fits) zoom(2, { x: event.clientX - box.left, y: event.clientY - box.top });
        else viewer.view.value = undefined;
      }}
    >
      <canvas ref={canvas} class="stage-view__canvas" />
      {!viewer.drawn.value && !failure && (
        <p class="stage-view__wait" role="status">
          Reading the plane
        </p>
      )}
      {failure && (
        <p class="stage-view__wait" role="alert">
          {sentenceText(failure.sentence)}
        </p>
      )}
      {viewer.shownMode.value === "split" && <Divider />}
      <ProfileLine />
      <StageScales />
    </div>
  );
}
