import type { Device } from "@clidim/tensor";

/** What a manifest and `doctor` say of the adapter. */
export interface AdapterRecord {
  readonly name: string;
  /** "software": a CPU behind Vulkan. */
  readonly kind: "software" | "gpu";
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}

/** The adapter of a device, as plain data. */
export function adapterRecord(device: Device): AdapterRecord {
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
