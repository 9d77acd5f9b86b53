import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import type { Line, Point } from "../../engine/painter.js";
import { useSession } from "../session/context.js";
import { toImage, toStage, visibleRegion, withinImage } from "./view.js";
import "./profile-line.css";

const ends = ["from", "to"] as const;
const names = { from: "Start", to: "End" } as const;

/** The line that the profile is along: its ends are moved by pointers, and by the arrows pixel by pixel. */
export function ProfileLine(): JSX.Element | null {
  const { images, viewer } = useSession();

  // Whoever asks for a profile sees one at once.
  useSignalEffect(() => {
    const [image, view] = [images.current.value, viewer.shownView.value];
    if (viewer.inspecting.value !== "profile" || viewer.line.value || !image || !view) return;
    const { x, y, width, height } = visibleRegion(view, image, viewer.stage.value);
    viewer.line.value = {
      from: { x: x + 0.2 * width, y: y + 0.5 * height },
      to: { x: x + 0.8 * width, y: y + 0.5 * height },
    };
  });

  const image = images.current.value;
  const view = viewer.shownView.value;
  const line = viewer.line.value;
  if (viewer.inspecting.value !== "profile" || !line || !view || !image) return null;
  const stage = viewer.stage.value;
  const [from, to] = [toStage(view, stage, line.from), toStage(view, stage, line.to)];
  const place = (end: keyof Line, point: Point): void => {
    viewer.line.value = { ...line, [end]: withinImage(point, image) };
  };
  const onKeyDown = (end: keyof Line, event: KeyboardEvent): void => {
    const size = event.shiftKey ? 10 : 1;
    const by = {
      ArrowLeft: [-size, 0],
      ArrowRight: [size, 0],
      ArrowUp: [0, -size],
      ArrowDown: [0, size],
    }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    place(end, { x: line[end].x + by[0]!, y: line[end].y + by[1]! });
  };
  return (
    <div class="profile-line">
      <svg class="profile-line__drawing" aria-hidden="true">
        <line class="profile-line__shadow" x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
        <line class="profile-line__stroke" x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      </svg>
      {ends.map((end) => {
        const point = end === "from" ? from : to;
        return (
          <button
            key={end}
            type="button"
            class="profile-line__end"
            data-handle
            style={{ left: `${point.x}px`, top: `${point.y}px` }}
            aria-label={`${names[end]} of the profile line at x ${Math.round(line[end].x)}, y ${Math.round(line[end].y)}; arrows move it`}
            onKeyDown={(event) => onKeyDown(end, event)}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={(event) => {
              if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
              const box = event.currentTarget.parentElement!.getBoundingClientRect(); // The stage
              place(end, toImage(view, stage, { x: event.clientX - box.left, y: event.clientY - box.top }));
            }}
          />
        );
      })}
    </div>
  );
}
