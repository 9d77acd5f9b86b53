import type { AdapterTraits } from "../device/adapterTraits.js";

/** `count` workgroups as [x, y, 1]; kernels number them x + y * num_workgroups.x and ignore what is beyond their work. */
export function spread(count: number, traits: AdapterTraits): [number, number, number] {
  const limit = traits.limits.maxComputeWorkgroupsPerDimension;
  if (count <= limit) return [count, 1, 1];
  const rows = Math.ceil(count / limit);
  return [Math.ceil(count / rows), rows, 1];
}
