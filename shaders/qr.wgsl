// A = Q R by Householder's reflections, Q with as many columns as A (LAPACK's geqr2 and org2r): a workgroup per matrix, an invocation per column. Reflection k is I - f u u^T, where u is
// `heads[k]` at k, and below what the column is there times `scales[k]`, by which no square overflows. A column with nothing below the diagonal is left as it is.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> q: array<f32>;
@group(0) @binding(2) var<storage, read_write> r: array<f32>;
@group(0) @binding(3) var<storage, read_write> work: array<f32>;
@group(0) @binding(4) var<storage, read_write> reflections: array<f32>;
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
  let square = matrix * p.n * p.n;
  let heads = matrix * 3u * p.n;
  let scales = heads + p.n;
  let factors = scales + p.n;
  for (var i = local; i < p.m * p.n; i += 64u) {
    work[first + i] = a[first + i];
  }
  for (var k = 0u; k < p.n; k++) {
    storageBarrier();
    // Every invocation computes the reflection, which saves barriers.
    let alpha = work[first + k * p.n + k];
    var below = 0u;
    for (var i = k + 1u; i < p.m; i++) {
      below = max(below, magnitude(work[first + i * p.n + k]));
    }
    var beta = alpha;
    var head = 0.0;
    var scale = 0.0;
    var factor = 0.0;
    let largest = max(below, magnitude(alpha));
    // A column of subnormal numbers alone is left, too: adapters take them for 0.
    if (below != 0u && largest >= 0x00800000u) {
      // The power of two that brings the largest to 1 and more, below 4: neither it nor its reciprocal is subnormal.
      scale = bitcast<f32>((254u - clamp(largest >> 23u, 1u, 253u)) << 23u);
      let scaled = alpha * scale;
      var squares = scaled * scaled;
      for (var i = k + 1u; i < p.m; i++) {
        let x = work[first + i * p.n + k] * scale;
        squares += x * x;
      }
      let norm = select(-sqrt(squares), sqrt(squares), (bitcast<u32>(alpha) >> 31u) == 1u);
      head = scaled - norm;
      factor = -1.0 / (norm * head);
      beta = norm / scale;
    }
    if (local == 0u) {
      reflections[heads + k] = head;
      reflections[scales + k] = scale;
      reflections[factors + k] = factor;
      r[square + k * p.n + k] = beta;
    }
    for (var j = local; j < p.n; j += 64u) {
      if (j < k) {
        r[square + k * p.n + j] = 0.0;
      }
      if (j > k) {
        var along = head * work[first + k * p.n + j];
        for (var i = k + 1u; i < p.m; i++) {
          along += work[first + i * p.n + k] * scale * work[first + i * p.n + j];
        }
        along *= factor;
        r[square + k * p.n + j] = work[first + k * p.n + j] - along * head;
        for (var i = k + 1u; i < p.m; i++) {
          work[first + i * p.n + j] -= along * (work[first + i * p.n + k] * scale);
        }
      }
    }
  }
  storageBarrier();
  // Column j of Q is what the reflections, from the last one on, make of column j of the identity. Those behind j leave it as it is.
  for (var j = local; j < p.n; j += 64u) {
    for (var i = 0u; i < p.m; i++) {
      q[first + i * p.n + j] = select(0.0, 1.0, i == j);
    }
    for (var s = 0u; s <= j; s++) {
      let k = j - s;
      let head = reflections[heads + k];
      let scale = reflections[scales + k];
      var along = head * q[first + k * p.n + j];
      for (var i = k + 1u; i < p.m; i++) {
        along += work[first + i * p.n + k] * scale * q[first + i * p.n + j];
      }
      along *= reflections[factors + k];
      q[first + k * p.n + j] -= along * head;
      for (var i = k + 1u; i < p.m; i++) {
        q[first + i * p.n + j] -= along * (work[first + i * p.n + k] * scale);
      }
    }
  }
}
