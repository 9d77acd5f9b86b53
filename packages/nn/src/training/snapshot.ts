import {
  flatten,
  type HostTensor,
  leavesWithPaths,
  type Tensor,
  type Tree,
  tensor,
  unflatten,
} from "@clidim/tensor";

/** The values of a tree of tensors on the host, by path. */
export type Snapshot = Readonly<Record<string, HostTensor>>;

/** What a tree holds, once it is computed. */
export async function takeSnapshot(tree: unknown): Promise<Snapshot> {
  // A tree of tensors.
  const leaves = leavesWithPaths(tree as Tree<Tensor>);
  const read = async ([path, x]: [string, Tensor]): Promise<[string, HostTensor]> => [
    path,
    { dtype: x.dtype, shape: x.shape, data: await x.data() },
  ];
  return Object.fromEntries(await Promise.all(leaves.map(read)));
}

/** A tree of the structure of `like` with the values of a snapshot of such a tree, in memory of its own. */
export function fromSnapshot<T>(like: T, snapshot: Snapshot): T {
  // A tree of tensors, whose structure unflatten gives back.
  const { structure } = flatten(like as Tree<Tensor>);
  const leaves = leavesWithPaths(like as Tree<Tensor>).map(([path]) => {
    const { data, shape, dtype } = snapshot[path]!;
    return tensor(data, { shape, dtype });
  });
  return unflatten(structure, leaves) as T;
}
