import { Device } from "@clidim/tensor";
import type { WasmExecutor } from "@clidim/tensor/wasm";

/** What trains and applies networks: an adapter, or the processor without one. */
export type Computer = Device | WasmExecutor;

/** What a manifest and `doctor` say of the adapter. */
export interface AdapterRecord {
  readonly name: string;
  /** "software": a CPU behind Vulkan; "webassembly": a CPU without WebGPU. */
  readonly kind: "software" | "gpu" | "webassembly";
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}

/** What computes, as plain data. */
export function adapterRecord(device: Computer): AdapterRecord {
  if (!(device instanceof Device)) {
    const nothing = { vendor: "", architecture: "", device: "", description: "" };
    return { name: device.name, kind: "webassembly", ...nothing };
  }
  const { vendor, architecture, device: model, description } = device.info;
  return {
    // Several devices of an adapter are told apart by numbers, as where one was lost and another opened.
    name: device.toString().replace(/^device \d+: /, ""),
    kind: device.traits.kind,
    vendor,
    architecture,
    device: model,
    description,
  };
}
