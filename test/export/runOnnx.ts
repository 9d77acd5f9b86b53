import { importOnnx } from "@clidim/import";
import { type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import * as ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;

/** Values with their shape. */
export interface Values {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** What ONNX Runtime makes of a file. */
export async function runOnnx(
  bytes: Uint8Array,
  inputs: Readonly<Record<string, Values>>,
): Promise<Record<string, { data: ArrayLike<number>; shape: readonly number[] }>> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { data, shape }]) => [
      name,
      data instanceof Float32Array
        ? new ort.Tensor("float32", data, shape)
        : new ort.Tensor("int32", data, shape),
    ]),
  );
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, dims }]) => [
      name,
      { data: data as unknown as ArrayLike<number>, shape: dims },
    ]),
  );
}

/** What the float64 interpreter makes of the function. */
export function interpreted(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Values[],
): { data: Float64Array; shape: readonly number[] } {
  const result = f(...inputs.map(({ data, shape }) => tensor(data, { shape })));
  return { data: interpret([result])[0]!, shape: result.shape };
}

/** What the float64 interpreter makes of a file of one output, read back. */
export function imported(
  bytes: Uint8Array,
  inputs: readonly Values[],
): { data: Float64Array; shape: readonly number[] } {
  const { apply, parameters, outputs } = importOnnx(bytes);
  const results = apply(parameters, ...inputs.map(({ data, shape }) => tensor(data, { shape })));
  const result = results[outputs[0]!.name]!;
  return { data: interpret([result])[0]!, shape: result.shape };
}

/** Numbers that look random and are the same everywhere: from -1 to 1. */
export const noise = (length: number, seed = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed) % 1);

/** The largest difference over the range of what is expected. */
export function relativeDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [low, high, worst] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < expected.length; i++) {
    low = Math.min(low, expected[i]!);
    high = Math.max(high, expected[i]!);
    worst = Math.max(worst, Math.abs(Number(got[i]) - expected[i]!));
  }
  return worst / (high - low || 1);
}
