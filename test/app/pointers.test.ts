import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followPointers, type Gestures } from "../../packages/app/src/page/stage/pointers.js";

/** A surface at the corner of the page, and what gestures on it were told. */
function surface(draws: boolean) {
  const told: string[] = [];
  const gestures: Gestures = {
    begin: () => draws,
    drag: (start, _from, to, drawing) => {
      told.push(drawing ? `line ${start.x} to ${to.x}` : `move to ${to.x}`);
    },
    zoom: (factor) => {
      told.push(`zoom ${factor}`);
    },
  };
  const element = Object.assign(new EventTarget(), {
    getBoundingClientRect: () => ({ left: 0, top: 0 }),
    setPointerCapture: () => undefined,
  }) as unknown as HTMLElement; // as far as it is looked at
  followPointers(element, gestures);
  /** A pointer at a place of the first row. */
  const send = (type: "down" | "move" | "up", pointerId: number, x: number): void => {
    const event = Object.assign(new Event(`pointer${type}`), {
      pointerId,
      clientX: x,
      clientY: 0,
      button: 0,
    });
    element.dispatchEvent(event);
  };
  return { told, send };
}

describe("pointers on the image", () => {
  beforeEach(() => vi.stubGlobal("Element", class {}));
  afterEach(() => vi.unstubAllGlobals());

  it("draw a line once one has moved for a bit, and however near it comes then", () => {
    const { told, send } = surface(true);
    send("down", 1, 100);
    send("move", 1, 103);
    expect(told).toEqual([]);
    send("move", 1, 120);
    send("move", 1, 102);
    send("up", 1, 102);
    expect(told).toEqual(["line 100 to 120", "line 100 to 102"]);
  });

  it("move the image at once where none is drawn", () => {
    const { told, send } = surface(false);
    send("down", 1, 100);
    send("move", 1, 101);
    expect(told).toEqual(["move to 101"]);
  });

  it("draw nothing after a second one has come, until all are up", () => {
    const { told, send } = surface(true);
    send("down", 1, 100);
    send("move", 1, 102);
    send("down", 2, 202);
    send("move", 2, 302);
    send("up", 2, 302);
    send("move", 1, 150);
    send("up", 1, 150);
    expect(told).toEqual(["move to 202", "zoom 2", "move to 150"]);
    send("down", 1, 10);
    send("move", 1, 30);
    expect(told.at(-1)).toBe("line 10 to 30");
  });
});
