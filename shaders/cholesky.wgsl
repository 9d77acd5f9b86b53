// The lower triangular L with L L^T = A, of which the lower triangle is read: a workgroup per matrix, a column after the other, an invocation per row. All invocations compute the
// diagonal's element, which saves a barrier. What is not positive becomes a NaN, and with it all that follows.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> l: array<f32>;
struct Parameters { count: u32, n: u32, nan: u32 }

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let matrix = workgroup.x + workgroup.y * workgroups.x;
  if (matrix >= p.count) {
    return;
  }
  let first = matrix * p.n * p.n;
  for (var k = 0u; k < p.n; k++) {
    let above = first + k * p.n;
    var pivot = a[above + k];
    for (var j = 0u; j < k; j++) {
      pivot -= l[above + j] * l[above + j];
    }
    // By the bits: WGSL promises nothing of comparisons with a NaN. Positive and finite.
    let isPositive = bitcast<u32>(pivot) - 1u < 0x7f7fffffu;
    let root = sqrt(select(bitcast<f32>(p.nan), pivot, isPositive));
    for (var i = local; i < p.n; i += 64u) {
      let row = first + i * p.n;
      if (i < k) {
        l[row + k] = 0.0;
      } else if (i == k) {
        l[row + k] = root;
      } else {
        var rest = a[row + k];
        for (var j = 0u; j < k; j++) {
          rest -= l[row + j] * l[above + j];
        }
        l[row + k] = rest / root;
      }
    }
    storageBarrier();
  }
}
