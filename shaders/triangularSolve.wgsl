// X with T X = B for a triangular T, by substitution: an invocation per column of B. From the first row on for a lower triangle, from the last for an upper one.
@group(0) @binding(0) var<storage, read> t: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
struct Parameters { count: u32, n: u32, columns: u32, upper: u32, unit: u32 }

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (workgroup.x + workgroup.y * workgroups.x) * 64u + local;
  if (index >= p.count * p.columns) {
    return;
  }
  let matrix = index / p.columns;
  let triangle = matrix * p.n * p.n;
  let column = matrix * p.n * p.columns + index % p.columns;
  for (var k = 0u; k < p.n; k++) {
    let i = select(k, p.n - 1u - k, p.upper == 1u);
    let row = triangle + i * p.n;
    var rest = b[column + i * p.columns];
    for (var s = 0u; s < k; s++) {
      let j = select(s, p.n - 1u - s, p.upper == 1u);
      rest -= t[row + j] * x[column + j * p.columns];
    }
    if (p.unit == 0u) {
      rest = rest / t[row + i];
    }
    x[column + i * p.columns] = rest;
  }
}
