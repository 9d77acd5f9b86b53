/**
 * What an app does in a browser: it trains methods and applies models to files, with nothing but the packages' roots. The page offers `train(name, values)` and
 * `denoise(name, image, model)`, each with what computes before these; files are base64.
 */
import { methods } from "@clidim/methods";
import { Device, setDefaultDevice } from "@clidim/tensor";
import { WasmExecutor } from "@clidim/tensor/wasm";
import { denoiseFile } from "./denoiseFile.js";
import { trainFew } from "./trainFew.js";

/** `FewUpdates` in JSON. */
export interface Trained {
  readonly losses: Readonly<Record<string, number>>;
  readonly count: number;
  readonly model: string;
}

const toText = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const toBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

export type Computing = "WebGPU" | "WebAssembly";

async function computing<T>(by: Computing, work: (device: Device | WasmExecutor) => Promise<T>): Promise<T> {
  const device = by === "WebGPU" ? await Device.open() : new WasmExecutor();
  setDefaultDevice(device);
  try {
    return await work(device);
  } finally {
    device.destroy();
  }
}

const train = (by: Computing, name: string, values: Readonly<Record<string, unknown>>): Promise<Trained> =>
  computing(by, async (device) => {
    const { model, ...rest } = await trainFew(methods.trainedNamed(name), values, device);
    return { ...rest, model: toText(model) };
  });

const denoise = (by: Computing, name: string, image: string, model: string): Promise<string> =>
  computing(by, async () =>
    toText(await denoiseFile(methods, { name, image: toBytes(image), model: toBytes(model) })),
  );

Object.assign(globalThis, { train, denoise });
