import type { Profile } from "../device/profile.js";

/** `count` workgroups as [x, y, 1]; kernels number them x + y * num_workgroups.x and ignore what is beyond their work. */
export function spread(count: number, profile: Profile): [number, number, number] {
  const limit = profile.limits.maxComputeWorkgroupsPerDimension;
  if (count <= limit) return [count, 1, 1];
  const rows = Math.ceil(count / limit);
  return [Math.ceil(count / rows), rows, 1];
}
