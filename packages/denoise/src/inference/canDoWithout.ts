import { DeviceError } from "@clidim/tensor";

/** Whether a method without training does what a network could not: where the device has too little memory or too low a limit, and after its loss only if `surviveLoss`, as every network that comes after it would fail too. */
export const canDoWithout = (error: unknown, surviveLoss: boolean): error is DeviceError =>
  error instanceof DeviceError && (surviveLoss || error.kind !== "lost");
