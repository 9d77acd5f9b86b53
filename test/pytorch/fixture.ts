import { readFileSync } from "node:fs";
import { exportStateDict } from "@clidim/nn";
import { evaluate, type HostTensor, readSafetensors, type Tensor, tensor, transpose } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { expect } from "vitest";

type Numbers = ArrayLike<number>;

/** The two executors that every reference is compared with. */
export const executors: readonly (readonly [string, (outputs: readonly Tensor[]) => Promise<Numbers[]>])[] = [
  ["float64 interpreter", async (outputs) => interpret(outputs)],
  [
    "device",
    async (outputs) => {
      await evaluate(outputs);
      return Promise.all(outputs.map((output) => output.data()));
    },
  ],
];

/** Tensors of a file that PyTorch's results were saved in. */
export class Fixture {
  readonly tensors: Readonly<Record<string, HostTensor>>;

  constructor(file: string) {
    const path = new URL(`../fixtures/${file}.safetensors`, import.meta.url);
    this.tensors = readSafetensors(readFileSync(path)).tensors;
  }

  host(name: string): HostTensor {
    const found = this.tensors[name];
    if (!found) throw new Error(`the fixture has no ${name}`);
    return found;
  }

  /** An image batch, NCHW in the file, NHWC here. */
  image(name: string): Tensor {
    const { data, shape } = this.host(name);
    return transpose(tensor(data, { shape }), [0, 2, 3, 1]);
  }

  /** The tensors under `prefix`, without it. */
  under(prefix: string): Record<string, HostTensor> {
    return Object.fromEntries(
      Object.entries(this.tensors)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length), value]),
    );
  }
}

/** NHWC back to NCHW. */
export const toImage = (x: Tensor): Tensor => transpose(x, [0, 3, 1, 2]);

/** Parameters, gradients or statistics as a state dict. */
export const stateDict = (trees: { params?: unknown; stats?: unknown }): Record<string, Tensor> =>
  exportStateDict({ params: trees.params ?? {}, stats: trees.stats ?? {} });

/** Largest absolute difference over the largest absolute value. */
export function relativeError(actual: Numbers, expected: Numbers): number {
  expect(actual.length).toBe(expected.length);
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    size = Math.max(size, Math.abs(expected[i]!));
    if (Number.isNaN(actual[i]!)) difference = Number.POSITIVE_INFINITY;
  }
  return difference / size;
}
