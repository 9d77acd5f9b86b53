import { Device } from "@clidim/tensor";
import { afterAll, expect, it, vi } from "vitest";
import { computer, kindOf } from "../../packages/app/src/worker/device.js";
import { asJob } from "../../packages/app/src/worker/jobs.js";

/** A GPU until it is lost. */
function gpu() {
  let lost = false;
  const device = Object.assign(Object.create(Device.prototype) as Device, { destroy: () => undefined });
  Object.defineProperty(device, "traits", { value: { kind: "gpu" } });
  device.assertAlive = () => {
    if (lost) throw new Error("the device is lost");
  };
  return {
    device,
    lose: () => {
      lost = true;
    },
  };
}

afterAll(() => {
  vi.restoreAllMocks();
});

it("a GPU that did not come back at once is asked for again by the next job, not within one", async () => {
  const [first, second] = [gpu(), gpu()];
  const open = vi.spyOn(Device, "open").mockResolvedValueOnce(first.device);
  expect(await computer()).toBe(first.device);
  first.lose();
  open.mockRejectedValueOnce(new Error("Device.open: no adapter"));
  open.mockResolvedValue(second.device);
  const kinds = await asJob("a", async () => {
    const before = kindOf(await computer());
    // Another one that is asked for meanwhile.
    await asJob("b", async () => undefined);
    return [before, kindOf(await computer())];
  });
  expect(kinds).toEqual(["processor", "processor"]);
  expect(await asJob("c", computer)).toBe(second.device);
  expect(open).toHaveBeenCalledTimes(3);
});
