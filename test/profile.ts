import { Device, type DeviceOptions, setDefaultDevice } from "@clidim/tensor";
import { WasmExecutor } from "@clidim/tensor/wasm";

/**
 * Every device that the tests open, as CLIDIM_TEST_PROFILE says. "checked": calls are validated, accesses in shaders clamped and workgroup memory zeroed, so
 * that errors which are silent otherwise show. "gpu": the kernels that a GPU gets, whatever the adapter. A test that asks for something
 * itself gets that. "wasm" is no device: what names none runs on the WebAssembly executor.
 */
const profiles: Readonly<Record<string, DeviceOptions>> = {
  checked: { validation: true },
  gpu: { kernels: "gpu" },
  "checked-gpu": { validation: true, kernels: "gpu" },
};

const name = process.env.CLIDIM_TEST_PROFILE;
if (name === "wasm") setDefaultDevice(new WasmExecutor());
else if (name) {
  const profile = profiles[name];
  if (!profile) {
    const known = [...Object.keys(profiles), "wasm"].join(", ");
    throw new Error(`CLIDIM_TEST_PROFILE is ${name}; there are ${known}`);
  }
  const open = Device.open.bind(Device);
  Device.open = (options) => open({ ...profile, ...options });
}
