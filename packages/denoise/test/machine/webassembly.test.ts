import { Device, setDefaultDevice } from "@clidim/tensor";
import { WasmExecutor } from "@clidim/tensor/wasm";
import { afterEach, expect, test, vi } from "vitest";
import { adapterRecord } from "../../src/machine/adapter.js";
import { checkPrecision } from "../../src/machine/checkPrecision.js";
import { doctor } from "../../src/machine/doctor.js";
import { chooseAdapter, openDevice } from "../../src/machine/openDevice.js";

afterEach(() => vi.restoreAllMocks());

test("where no adapter can be had, the processor computes, and passes the self-tests", async () => {
  vi.spyOn(Device, "open").mockRejectedValue(new Error("no adapter"));
  const device = await openDevice();
  expect(device).toBeInstanceOf(WasmExecutor);
  expect(adapterRecord(device)).toMatchObject({ name: "WebAssembly", kind: "webassembly" });
  expect(await openDevice()).toBe(device);
  const { ok, checks } = await doctor();
  expect(ok).toBe(true);
  expect(checks.find(({ name }) => name === "Adapter")).toMatchObject({
    status: "note",
    detail: expect.stringContaining("the processor: it was asked for, or no GPU was found"),
  });
  expect(checks.filter(({ name }) => name.startsWith("Self-test")).length).toBeGreaterThan(5);
});

test("it takes the place of an adapter that is software, but not of what was made the default", async () => {
  vi.resetModules();
  const tensor = await import("@clidim/tensor");
  const fresh = await import("../../src/machine/openDevice.js");
  fresh.chooseGpuOrProcessor();
  const computer = await fresh.openDevice();
  const [first] = await tensor.Device.adapters();
  const isSoftware = first === undefined || /llvmpipe|SwiftShader|Basic Render/.test(first);
  expect(computer instanceof tensor.Device).toBe(!isSoftware);
  expect(await fresh.openDevice()).toBe(computer);

  const device = await tensor.Device.open();
  tensor.setDefaultDevice(device);
  fresh.chooseGpuOrProcessor();
  expect(await fresh.openDevice()).toBe(device);
});

test("it is chosen by its name, and says what it has not", async () => {
  chooseAdapter("webassembly");
  const device = await openDevice();
  expect(device).toBeInstanceOf(WasmExecutor);
  setDefaultDevice(device);
  await expect(checkPrecision(device, { precision: "mixed" })).rejects.toThrow(
    "precision is mixed, which needs an adapter with the feature shader-f16, and WebAssembly has none; train with precision float32",
  );
  await expect(checkPrecision(device, { precision: "float32" })).resolves.toBeUndefined();
  vi.spyOn(Device, "adapters").mockResolvedValue(["NVIDIA GeForce RTX 3090", "Other GPU"]);
  const open = vi.spyOn(Device, "open").mockRejectedValue(new Error("opened"));
  for (const [wanted, adapter] of [
    ["3090", "NVIDIA GeForce RTX 3090"],
    ["1", "Other GPU"],
  ] as const) {
    chooseAdapter(wanted);
    await expect(openDevice()).rejects.toThrow("opened");
    expect(open).toHaveBeenLastCalledWith({ adapter });
  }
  vi.spyOn(Device, "adapters").mockResolvedValue(["Card Ti", "Card", "Other", "Other"]);
  for (const [wanted, message] of [
    ["1", /^adapter is "1", Card, whose name leads to adapter 0: .* see that card alone/],
    ["3", /^adapter is "3", Other, whose name leads to adapter 2: /],
    ["none", /^adapter is "none"; expected one of 0: Card Ti, 2: Other, WebAssembly$/],
  ] as const) {
    chooseAdapter(wanted);
    await expect(openDevice()).rejects.toThrow(message);
  }
  // Nothing, which every name has in it, is no choice: what was made the default.
  chooseAdapter("");
  expect(await openDevice()).toBe(device);
  vi.restoreAllMocks();
  chooseAdapter("no such adapter");
  await expect(openDevice()).rejects.toThrow(
    /adapter is "no such adapter"; expected one of .*, WebAssembly$/,
  );
});
