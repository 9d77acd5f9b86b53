import { Device } from "@clidim/tensor";

/** A GPU of that name, which works until it is lost. */
export function doubleOfGpu(name = "a GPU"): { readonly device: Device; lose(): Promise<void> } {
  let end!: () => void; // set at once
  const lost = new Promise<void>((resolve) => {
    end = resolve;
  });
  const device = Object.assign(Object.create(Device.prototype) as Device, {
    ...{ name, info: {}, gpu: { lost }, traits: { kind: "gpu" } },
    destroy: () => undefined,
  });
  const lose = async (): Promise<void> => {
    end();
    await lost;
  };
  return { device, lose };
}
