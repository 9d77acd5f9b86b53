import { leavesWithPaths, type Tensor, type Tree } from "@clidim/tensor";

/** The first weight that is no number, in words; undefined where there is none. */
export async function badWeight(weights: Tree<Tensor>): Promise<string | undefined> {
  for (const [path, leaf] of leavesWithPaths(weights)) {
    const data = await leaf.data();
    for (let i = 0; i < data.length; i++) {
      if (!Number.isFinite(data[i]!)) return `a weight of ${path} is ${data[i]}`;
    }
  }
  return undefined;
}
