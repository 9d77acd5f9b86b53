import { expect, it, vi } from "vitest";
import { openGpu } from "../src/executors/webgpu/device/gpu.node.js";

const dawn = vi.hoisted(() => ({ created: 0, fails: false }));

vi.mock("webgpu", () => ({
  create: (): object => {
    dawn.created++;
    if (dawn.fails) throw new Error("no driver");
    return {};
  },
}));

it("callers at the same time get one instance of Dawn: one that nothing holds ends the process when it is collected", async () => {
  const [first, second] = await Promise.all([
    openGpu({ validation: false, adapter: "one" }),
    openGpu({ validation: false, adapter: "one" }),
  ]);
  expect(second).toBe(first);
  expect(await openGpu({ validation: false, adapter: "one" })).toBe(first);
  expect(dawn.created).toBe(1);
  expect(await openGpu({ validation: false, adapter: "another" })).not.toBe(first);
});

it("an instance that could not be made is made by the next caller", async () => {
  const options = { validation: true, adapter: "none" };
  dawn.fails = true;
  await expect(openGpu(options)).rejects.toThrow("no driver");
  dawn.fails = false;
  const made = await openGpu(options);
  expect(await openGpu(options)).toBe(made);
});
