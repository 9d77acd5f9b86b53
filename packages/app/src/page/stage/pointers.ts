import type { Point } from "../../engine/painter.js";

/** What pointers on a surface do together. Points are in CSS pixels of the surface. */
export interface Gestures {
  /** One pointer has gone down. True: once it has moved for a bit it draws, and `drag` is told so; unless a second one comes, after which none draws until all are up. */
  begin(at: Point): boolean;
  /** One pointer moves, from where it was; `start` is where it went down. */
  drag(start: Point, from: Point, to: Point, drawing: boolean): void;
  /** Two pointers, or a wheel: larger by a factor around a point. */
  zoom(factor: number, around: Point): void;
}

/** CSS pixels that a pointer moves before it draws: less is a press, or the first of two pointers. */
const SLACK = 6;

/** Follows pointers and the wheel on an element; returns what ends it. */
export function followPointers(element: HTMLElement, gestures: Gestures): () => void {
  const pointers = new Map<number, Point>();
  let start: Point = { x: 0, y: 0 };
  let draws: "no" | "soon" | "now" = "no";
  const at = (event: MouseEvent): Point => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const middle = ([one, other]: readonly Point[]): Point => ({
    x: (one!.x + other!.x) / 2,
    y: (one!.y + other!.y) / 2,
  });
  const apart = ([one, other]: readonly Point[]): number =>
    Math.max(1, Math.hypot(one!.x - other!.x, one!.y - other!.y));

  const down = (event: PointerEvent): void => {
    // Handles on the surface have pointers of their own.
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest("[data-handle]")))
      return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    if (pointers.size > 1) {
      draws = "no";
      return;
    }
    start = at(event);
    draws = gestures.begin(start) ? "soon" : "no";
  };
  const move = (event: PointerEvent): void => {
    const from = pointers.get(event.pointerId);
    if (!from) return;
    const before = [...pointers.values()];
    const to = at(event);
    pointers.set(event.pointerId, to);
    const after = [...pointers.values()];
    if (after.length === 1) {
      if (draws === "soon" && Math.hypot(to.x - start.x, to.y - start.y) > SLACK) draws = "now";
      if (draws !== "soon") gestures.drag(start, from, to, draws === "now");
    } else if (after.length === 2) {
      gestures.drag(start, middle(before), middle(after), false);
      gestures.zoom(apart(after) / apart(before), middle(after));
    }
  };
  const up = (event: PointerEvent): void => {
    pointers.delete(event.pointerId);
  };
  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    // Lines and pages in pixels; pinches on a trackpad come as small steps with the control key.
    const unit = event.deltaMode === 0 ? 1 : event.deltaMode === 1 ? 16 : 400;
    const speed = event.ctrlKey ? 0.01 : 0.0015;
    gestures.zoom(Math.exp(-event.deltaY * unit * speed), at(event));
  };

  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("wheel", wheel, { passive: false });
  return () => {
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", up);
    element.removeEventListener("pointercancel", up);
    element.removeEventListener("wheel", wheel);
  };
}
