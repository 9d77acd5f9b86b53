import { valueAndGrad } from "@clidim/autograd";
import { compile, conv2d, exp, explain, key, mean, mul, normal, square, type Tensor } from "@clidim/tensor";
import { WasmExecutor, wasmThreads } from "@clidim/tensor/wasm";

export interface Worked {
  readonly threads: number;
  /** A loss and the sum of its gradient's squares, after each of some programs. */
  readonly values: readonly number[];
  readonly explained: string;
}

/** Runs some programs on the processor, one after the other and one between two calls of another; the same in Node as in a browser. */
export async function work(): Promise<Worked> {
  const device = new WasmExecutor();
  const [image, kernel] = await compile(
    () => [normal(key(1), [1, 50, 40, 8]), normal(key(2), [3, 3, 8, 24])],
    {
      device,
    },
  )();
  const loss = (factor: number) => (weights: Tensor) =>
    mean(square(mul(exp(mul(conv2d(image!, weights, { padding: 1 }), 0.1)), factor)));
  const steps = [1, 2, 3].map((factor) =>
    compile(
      (weights: Tensor) => {
        const { value, grads } = valueAndGrad(loss(factor))(weights);
        return [value, mean(square(grads))];
      },
      { device },
    ),
  );
  const values: number[] = [];
  for (const step of [...steps, ...steps]) {
    for (const result of await step(kernel!)) values.push(await result.item());
  }
  const explained = await explain(loss(1), { device })(kernel!);
  return { threads: wasmThreads(), values, explained };
}
