import type { Tensor } from "@clidim/tensor";
import { expect, test } from "vitest";
import { pacing } from "../src/training/pacing.js";

test("every sixteenth step is waited for", async () => {
  const read: number[] = [];
  const paced = pacing();
  for (let i = 1; i <= 40; i++) {
    await paced({ data: async () => read.push(i) } as unknown as Tensor);
  }
  expect(read).toEqual([16, 32]);
});
