import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { type HostTensor, readSafetensors } from "@clidim/tensor";

/** A configuration that trains in a second on any adapter, and denoises a page in one pass of the network alone. */
export const tiny = {
  ...{ updates: 6, batch: 2, crop: 32, ngf: 2, ndf: 2, downs: 2 },
  ...{ orientations: 1, blend: "none" },
} as const;

export interface TinyData {
  readonly noisy: string[];
  readonly clean: string[];
}

/** Simulated scenes of 48 x 48 pixels as TIFFs: two noisy captures and one clean page of each. */
export async function writeTinyData(folder: string, count = 3): Promise<TinyData> {
  mkdirSync(folder, { recursive: true });
  const data: TinyData = { noisy: [], clean: [] };
  for (const { name, noisy, clean } of simulateScenes({ seed: 1, size: 48, scenes: count, frames: 2 })) {
    const paths = { noisy: join(folder, `${name}-noisy.tif`), clean: join(folder, `${name}-clean.tif`) };
    await writeImageFile(paths.noisy, noisy);
    await writeImageFile(paths.clean, [clean]);
    data.noisy.push(paths.noisy);
    data.clean.push(paths.clean);
  }
  return data;
}

/** The tensors of a safetensors file, to be compared bit by bit. */
export function tensorsOf(path: string): Record<string, HostTensor> {
  return readSafetensors(readFileSync(path)).tensors;
}
