import { Device, DeviceError } from "@clidim/tensor";
import { beforeEach, expect, it, vi } from "vitest";
import { computer, kindOf, machine } from "../../packages/app/src/worker/device.js";
import { asJob } from "../../packages/app/src/worker/jobs.js";
import { doubleOfGpu } from "./doubleOfGpu.js";

beforeEach(async () => {
  vi.stubGlobal("navigator", {});
  await machine("processor");
  return () => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  };
});

it("a GPU that did not come back at once is asked for again by the next job, not within one", async () => {
  const [first, second] = [doubleOfGpu(), doubleOfGpu()];
  const open = vi.spyOn(Device, "open").mockResolvedValueOnce(first.device);
  await machine("webgpu");
  expect(await computer()).toBe(first.device);
  await first.lose();
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

it("an error of a GPU that no call answers for neither ends the GPU nor is lost", async () => {
  const { device } = doubleOfGpu();
  let complaint: DeviceError | undefined = new DeviceError("validation", "a call was refused");
  device.assertAlive = () => {
    const once = complaint;
    complaint = undefined;
    if (once) throw once;
  };
  const open = vi.spyOn(Device, "open").mockResolvedValue(device);
  await machine("webgpu");
  expect(await asJob("a", computer)).toBe(device);
  expect(open).toHaveBeenCalledOnce();
  expect(() => device.assertAlive()).toThrow("a call was refused");
});

it("a GPU is called by its name, whichever of its devices is open", async () => {
  vi.spyOn(Device, "open").mockResolvedValue(doubleOfGpu("device 2: Apple M2").device);
  expect((await machine("webgpu")).adapter).toEqual({ name: "Apple M2", kind: "gpu" });
});
