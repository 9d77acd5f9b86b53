import type { LazyPage } from "@clidim/imaging";
import { expect, test } from "vitest";
import { presentPixels } from "../../src/inference/sampledPages.js";

const [WIDTH, HEIGHT] = [60, 40];
const isThere = (i: number): boolean => i % 3 !== 0;

test("the pixels that are there are taken in a row, and never as a list of numbers", async () => {
  const page: LazyPage = {
    ...{ width: WIDTH, height: HEIGHT, dtype: "float32" },
    read: async () => {
      const data = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => (isThere(i) ? 7 * i : Number.NaN));
      // A page may be as large as memory allows: each of its values as a number of its own would be several times that.
      const refuse = (): never => {
        throw new Error("the page was gone through as a list");
      };
      Object.defineProperty(data, Symbol.iterator, { value: refuse });
      return { width: WIDTH, height: HEIGHT, data };
    },
  };
  const there: number[] = [];
  for (let i = 0; i < WIDTH * HEIGHT; i++) if (isThere(i)) there.push(7 * i);
  const { width, height, data } = await presentPixels(page).read();
  expect([width, height]).toEqual([there.length, 1]);
  expect(data).toEqual(Float32Array.from(there));
});
