import { InputError } from "@clidim/imaging";
import { defaultDevice } from "@clidim/tensor";
import { expect, test } from "vitest";
import { doctor } from "../../src/machine/doctor.js";
import { selfTest } from "../../src/machine/selfTest.js";
import { vulkanHint } from "../../src/machine/vulkanHint.js";

test("finds this machine fit and names the adapter", async () => {
  const { checks, ok } = await doctor({ open: defaultDevice });
  expect(checks.filter(({ status }) => status === "failed")).toEqual([]);
  expect(ok).toBe(true);
  const device = await defaultDevice();
  expect(checks.find(({ name }) => name === "Adapter")!.detail).toContain(device.toString());
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      "Node",
      "Driver",
      "Features",
      "Limits",
      "Self-test conv2d",
      "Self-test reduction",
    ]),
  );
});

test("without an adapter training cannot run, and the command that mends it is there", async () => {
  const open = (): Promise<never> =>
    Promise.reject(new InputError("Device.open: no WebGPU adapter was found"));
  const { checks, ok } = await doctor({ open });
  expect(ok).toBe(false);
  expect(checks.at(-1)).toEqual({
    name: "Adapter",
    status: "failed",
    detail: "Device.open: no WebGPU adapter was found",
    mend: vulkanHint(),
  });
});

test("an old Node fails", async () => {
  const { checks, ok } = await doctor({ nodeVersion: "20.18.3" });
  expect(ok).toBe(false);
  expect(checks[0]).toMatchObject({
    status: "failed",
    mend: expect.stringMatching(/Install Node 20\.19 or newer/),
  });
});

test("a device that computes wrongly or not at all fails its test", async () => {
  const device = await defaultDevice();
  const write = device.write.bind(device);
  device.write = (place, data, dtype) =>
    write(place, dtype === "f32" ? data.map((value) => value * 1.01) : data, dtype);
  try {
    const results = await selfTest(device);
    expect(results.find(({ name }) => name === "matmul")).toMatchObject({ passed: false });
    expect(results.find(({ name }) => name === "random bits")).toMatchObject({ passed: true });
    device.write = () => {
      throw new Error("Device: lost");
    };
    expect((await selfTest(device)).find(({ name }) => name === "conv2d")).toMatchObject({
      passed: false,
      error: "Device: lost",
    });
  } finally {
    device.write = write;
  }
});

test("the hint fits the system", () => {
  expect(vulkanHint("linux", 'ID=debian\nVERSION_CODENAME="bookworm"\n')).toMatch(
    /-t bookworm-backports libvulkan1/,
  );
  expect(vulkanHint("linux", "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n")).toBe(
    "sudo apt-get install libvulkan1 mesa-vulkan-drivers",
  );
  expect(vulkanHint("linux", "ID=fedora\n")).toMatch(/dnf install/);
  expect(vulkanHint("linux", "")).toMatch(/libvulkan\.so\.1/);
  expect(vulkanHint("win32", "")).toMatch(/driver of your GPU's vendor/);
});
