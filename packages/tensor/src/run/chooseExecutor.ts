import { defaultExecutor } from "../defaultExecutor.js";
import type { Executor } from "../executor.js";
import type { Tensor } from "../tensor.js";

const twoDevices = (op: string, one: Executor, other: Executor): Error =>
  new Error(
    `${op}: the inputs live on two devices (${one.name} and ${other.name}); read the data of one and make a tensor of it on the other`,
  );

/**
 * The executor that the tensors in `reached` live on, or undefined if none lives anywhere. Throws where they disagree.
 */
export function executorOf(op: string, reached: readonly Tensor[]): Executor | undefined {
  let found: Executor | undefined;
  for (const tensor of reached) {
    const other = tensor.value?.executor;
    if (!other || other === found) continue;
    if (found) throw twoDevices(op, found, other);
    found = other;
  }
  return found;
}

/** The executor that was asked for, else that of the tensors, else the default one. Throws where the first two disagree. */
export async function chooseExecutor(
  op: string,
  reached: readonly Tensor[],
  asked: Executor | undefined,
): Promise<Executor> {
  const home = executorOf(op, reached);
  if (asked && home && asked !== home) {
    throw new Error(
      `${op}: asked to run on ${asked.name}, but the inputs live on ${home.name}; read their data and make tensors of it on the other, or ` +
        "leave the option device out",
    );
  }
  return asked ?? home ?? (await defaultExecutor());
}

/** Throws where a value is on another executor, where somebody else may have moved it while this call waited. */
export function expectHere(op: string, tensors: readonly Tensor[], executor: Executor): void {
  const home = executorOf(op, tensors);
  if (home && home !== executor) throw twoDevices(op, executor, home);
}
