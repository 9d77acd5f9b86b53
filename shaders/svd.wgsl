// Square matrices A = W V^T, W with orthogonal columns, by one-sided Jacobi rotations (Hestenes, 1958): a workgroup per matrix, an invocation per pair of columns. The singular values are
// the norms of W's columns, and descend. The component of each column of V of the largest magnitude, the first of equals, is positive. All is NaN where an element is not finite.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> scaled: array<f32>;
@group(0) @binding(3) var<storage, read_write> vectors: array<f32>;
@group(0) @binding(4) var<storage, read_write> work: array<f32>;
@group(0) @binding(5) var<storage, read_write> rotated: array<f32>;
// The norms, then what each invocation did in a sweep.
@group(0) @binding(6) var<storage, read_write> norms: array<f32>;
struct Parameters { count: u32, n: u32, players: u32, sweeps: u32, nan: u32 }

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
  let n = p.n;
  let first = matrix * n * n;
  let norm = matrix * (n + 64u);
  let done = norm + n;
  var largest = 0u;
  for (var i = 0u; i < n * n; i++) {
    largest = max(largest, magnitude(a[first + i]));
  }
  // So that no square overflows, nor vanishes beside others.
  let unit = select(bitcast<f32>(largest), 1.0, largest == 0u);
  for (var i = local; i < n * n; i += 64u) {
    work[first + i] = a[first + i] / unit;
    rotated[first + i] = select(0.0, 1.0, i / n == i % n);
  }
  // What roundings leave of the product of two orthogonal columns.
  let negligible = 5.96e-8 * sqrt(f32(n));
  for (var sweep = 0u; sweep < p.sweeps; sweep++) {
    var rotating = 0.0;
    for (var round = 0u; round < p.players - 1u; round++) {
      storageBarrier();
      for (var i = local; i < p.players / 2u; i += 64u) {
        let pair = pairOf(i, round);
        if (pair.y < n) {
          var alpha = 0.0;
          var beta = 0.0;
          var gamma = 0.0;
          for (var k = 0u; k < n; k++) {
            let one = work[first + k * n + pair.x];
            let other = work[first + k * n + pair.y];
            alpha += one * one;
            beta += other * other;
            gamma += one * other;
          }
          if (abs(gamma) > negligible * sqrt(alpha) * sqrt(beta)) {
            let cotangent = (beta - alpha) / (2.0 * gamma);
            let tangent = select(1.0, -1.0, cotangent < 0.0) / (abs(cotangent) + sqrt(1.0 + cotangent * cotangent));
            let c = 1.0 / sqrt(1.0 + tangent * tangent);
            let s = c * tangent;
            // The tangent vanishes beside a column whose square does.
            if (s == 0.0) {
              continue;
            }
            rotating = 1.0;
            for (var k = 0u; k < n; k++) {
              let row = first + k * n;
              let one = work[row + pair.x];
              let other = work[row + pair.y];
              work[row + pair.x] = c * one - s * other;
              work[row + pair.y] = s * one + c * other;
              let v = rotated[row + pair.x];
              let w = rotated[row + pair.y];
              rotated[row + pair.x] = c * v - s * w;
              rotated[row + pair.y] = s * v + c * w;
            }
          }
        }
      }
    }
    norms[done + local] = rotating;
    storageBarrier();
    if (local == 0u) {
      var any = 0u;
      for (var i = 0u; i < 64u; i++) {
        any |= bitcast<u32>(norms[done + i]);
      }
      going = any;
    }
    if (workgroupUniformLoad(&going) == 0u) {
      break;
    }
  }
  for (var k = local; k < n; k += 64u) {
    var squares = 0.0;
    for (var i = 0u; i < n; i++) {
      squares += work[first + i * n + k] * work[first + i * n + k];
    }
    norms[norm + k] = sqrt(squares);
  }
  storageBarrier();
  let isFinite = largest < 0x7f800000u;
  for (var k = local; k < n; k += 64u) {
    let value = norms[norm + k];
    var place = 0u;
    for (var j = 0u; j < n; j++) {
      let other = ordered(norms[norm + j]);
      place += select(0u, 1u, other > ordered(value) || (other == ordered(value) && j < k));
    }
    var sign = 1.0;
    var most = 0u;
    for (var i = 0u; i < n; i++) {
      let x = rotated[first + i * n + k];
      if (magnitude(x) > most) {
        most = magnitude(x);
        sign = select(1.0, -1.0, x < 0.0);
      }
    }
    values[matrix * n + place] = select(bitcast<f32>(p.nan), value * unit, isFinite);
    for (var i = 0u; i < n; i++) {
      scaled[first + i * n + place] = select(bitcast<f32>(p.nan), sign * work[first + i * n + k], isFinite);
      vectors[first + i * n + place] = select(bitcast<f32>(p.nan), sign * rotated[first + i * n + k], isFinite);
    }
  }
}
