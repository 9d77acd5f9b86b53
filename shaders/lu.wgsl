// A[order] = L U by elimination with partial pivoting (LAPACK's getf2), L and U in one matrix: a workgroup per matrix, a column after the other, an invocation per row. All invocations
// look for the pivot, which saves barriers. `parity` is -1 after an odd number of exchanges.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> lu: array<f32>;
@group(0) @binding(2) var<storage, read_write> order: array<i32>;
@group(0) @binding(3) var<storage, read_write> parity: array<f32>;
struct Parameters { count: u32, m: u32, n: u32 }

// Whose order is that of magnitudes; a NaN is the largest.
fn magnitude(x: f32) -> u32 { return bitcast<u32>(x) & 0x7fffffffu; }

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
  let first = matrix * p.m * p.n;
  for (var i = local; i < p.m * p.n; i += 64u) {
    lu[first + i] = a[first + i];
  }
  for (var i = local; i < p.m; i += 64u) {
    order[matrix * p.m + i] = i32(i);
  }
  var sign = 1.0;
  for (var k = 0u; k < min(p.m, p.n); k++) {
    storageBarrier();
    var pivotRow = k;
    var largest = magnitude(lu[first + k * p.n + k]);
    for (var i = k + 1u; i < p.m; i++) {
      let here = magnitude(lu[first + i * p.n + k]);
      if (here > largest) {
        largest = here;
        pivotRow = i;
      }
    }
    storageBarrier();
    if (pivotRow != k) {
      for (var j = local; j < p.n; j += 64u) {
        let other = lu[first + pivotRow * p.n + j];
        lu[first + pivotRow * p.n + j] = lu[first + k * p.n + j];
        lu[first + k * p.n + j] = other;
      }
      if (local == 0u) {
        let other = order[matrix * p.m + pivotRow];
        order[matrix * p.m + pivotRow] = order[matrix * p.m + k];
        order[matrix * p.m + k] = other;
      }
      sign = -sign;
    }
    storageBarrier();
    let pivot = lu[first + k * p.n + k];
    for (var i = k + 1u + local; i < p.m; i += 64u) {
      let row = first + i * p.n;
      // A column of zeros is left as it is.
      if (largest != 0u) {
        lu[row + k] = lu[row + k] / pivot;
      }
      let factor = lu[row + k];
      for (var j = k + 1u; j < p.n; j++) {
        lu[row + j] -= factor * lu[first + k * p.n + j];
      }
    }
  }
  if (local == 0u) {
    parity[matrix] = sign;
  }
}
