import { counterRandom } from "@clidim/imaging";
import { expect, test } from "vitest";
import { nonLocalMeans } from "../src/nonLocalMeans/nonLocalMeans.js";

test("follows its definition pixel by pixel on a page that is not square", () => {
  const [width, height, patch, distance, strength, sigma] = [11, 8, 3, 4, 0.9, 0.7];
  const random = counterRandom(11);
  const data = Float64Array.from({ length: width * height }, (_, i) => (i % 4) + 0.7 * random.normal());
  const mirror = (i: number, length: number): number =>
    i < 0 ? -1 - i : i >= length ? 2 * length - 1 - i : i;
  const at = (y: number, x: number): number => data[mirror(y, height) * width + mirror(x, width)]!;
  const expected = Float64Array.from(data, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    let [sum, weights] = [0, 0];
    for (let v = Math.max(0, y - distance); v <= Math.min(height - 1, y + distance); v++) {
      for (let u = Math.max(0, x - distance); u <= Math.min(width - 1, x + distance); u++) {
        let squares = 0;
        for (let b = -1; b <= 1; b++) {
          for (let a = -1; a <= 1; a++) squares += (at(y + b, x + a) - at(v + b, u + a)) ** 2;
        }
        const far = Math.max(0, squares / 9 - 2 * sigma ** 2) / (strength * sigma) ** 2;
        const weight = u === x && v === y ? 1 : far < 5 ? Math.exp(-far) : 0;
        sum += weight * at(v, u);
        weights += weight;
      }
    }
    return sum / weights;
  });
  const { data: actual } = nonLocalMeans({ width, height, data }, { strength, sigma, patch, distance });
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 10);
  });
});

test("leaves a constant page and a page narrower than the search as far as they can be", () => {
  const page = { width: 3, height: 5, data: new Float64Array(15).fill(4) };
  expect([...nonLocalMeans(page, { strength: 1 }).data]).toEqual([...page.data]);
  expect(() => nonLocalMeans(page, { strength: 0 })).toThrow(/strength and sigma > 0/);
  expect(() => nonLocalMeans(page, { strength: 1, patch: 4 })).toThrow(/odd patch/);
});
