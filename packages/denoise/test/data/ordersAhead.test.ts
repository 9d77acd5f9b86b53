import { tensor } from "@clidim/tensor";
import { expect, test } from "vitest";
import type { CropOrder } from "../../src/data/cropFeed.js";
import { OrdersAhead } from "../../src/data/ordersAhead.js";

/** Orders that say their update, each ready when it is told so. */
function orders() {
  const started: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  const order = (update: number): Promise<CropOrder> => {
    started.push(update);
    return new Promise((resolve, reject) => {
      ends.set(update, (error) => {
        if (error) reject(error);
        else resolve({ walks: tensor(Int32Array.of(update, 0, 0), { shape: [1, 3] }) });
      });
    });
  };
  return { started, end: (update: number, error?: Error) => ends.get(update)!(error), order };
}

const updateOf = async ({ walks }: CropOrder): Promise<number> => (await walks.data())[0]!;

test("come in their order, whichever is ready first, three ahead and none beyond the end", async () => {
  const { started, end, order } = orders();
  const ahead = new OrdersAhead(order, 4, 8);
  ahead.draw();
  expect(started).toEqual([4, 5, 6]);
  for (const update of [6, 5, 4]) end(update);
  expect(await updateOf(await ahead.take())).toBe(4);
  ahead.draw();
  expect(await updateOf(await ahead.take())).toBe(5);
  ahead.draw();
  expect(started).toEqual([4, 5, 6, 7]);
  end(7);
  expect(await updateOf(await ahead.take())).toBe(6);
  expect(await updateOf(await ahead.take())).toBe(7);
  await expect(ahead.take()).rejects.toThrow("OrdersAhead: expected an update before 8, got 8");
});

test("what goes wrong is said in its turn, and everything is waited for at the end", async () => {
  const { end, order } = orders();
  const ahead = new OrdersAhead(order, 0, 5);
  ahead.draw();
  const gone = new Error("the file is gone");
  end(1, gone);
  end(0);
  // An error that nobody handles would have ended the process by then.
  await new Promise((resolve) => setImmediate(resolve));
  expect(await updateOf(await ahead.take())).toBe(0);
  await expect(ahead.take()).rejects.toBe(gone);
  let settled = false;
  const waiting = ahead.settled().then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(settled).toBe(false);
  end(2, gone);
  await waiting;
});
