import { key, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { sharedNormalsOf } from "../../src/variational/normals.js";

// Tiles of 24 x 20 pixels, and codes a fourth as large of two channels.
const [height, width] = [24, 20];
const [rows, columns, channels] = [6, 5, 2];
const shape = [3, 1, rows, columns, channels];

function drawnAt(top: number, left: number): Float64Array {
  const origin = tensor(Uint32Array.of(top, left));
  return Float64Array.from(
    interpret([sharedNormalsOf(key(9), { origin, height, width })(shape)])[0]! as ArrayLike<number>,
  );
}

describe("sharedNormalsOf", () => {
  it("are those of an image by itself where a page begins", () => {
    const alone = interpret([sharedNormalsOf(key(9))(shape)])[0]!;
    expect(Array.from(drawnAt(0, 0))).toEqual(Array.from(alone as ArrayLike<number>));
  });

  it("are the same wherever tiles overlap, others at every other place, and standard normal", () => {
    const known = new Map<string, number>();
    for (const top of [0, 4, 12, 24, 40]) {
      for (const left of [0, 8, 16, 20, 36]) {
        drawnAt(top, left).forEach((value, i) => {
          const channel = i % channels;
          const column = Math.floor(i / channels) % columns;
          const row = Math.floor(i / channels / columns) % rows;
          const draw = Math.floor(i / channels / columns / rows);
          const place = [draw, top / 4 + row, left / 4 + column, channel].join();
          expect(known.get(place) ?? value, place).toBe(value);
          known.set(place, value);
        });
      }
    }
    const values = [...known.values()];
    expect(new Set(values).size).toBe(values.length);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(values.length));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length));
  });

  it("called again, gives others", () => {
    const origin = tensor(Uint32Array.of(4, 8));
    const normals = sharedNormalsOf(key(9), { origin, height, width });
    const [one, other] = interpret([normals(shape), normals(shape)]);
    expect(one).not.toEqual(other);
  });
});
