// Eigenvalues, ascending, and eigenvectors of symmetric matrices, of which the whole is read, by Jacobi's rotations: a workgroup per matrix. Each eigenvector's component of the largest
// magnitude, the first of equals, is positive. All is NaN where an element is not finite.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> vectors: array<f32>;
@group(0) @binding(3) var<storage, read_write> work: array<f32>;
@group(0) @binding(4) var<storage, read_write> rotated: array<f32>;
// Cosine and sine of each pair, then what each invocation did in a sweep.
@group(0) @binding(5) var<storage, read_write> turns: array<f32>;
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
  let pairs = p.players / 2u;
  let turn = matrix * (p.players + 64u);
  let done = turn + p.players;
  var largest = 0u;
  for (var i = 0u; i < n * n; i++) {
    largest = max(largest, magnitude(a[first + i]));
  }
  for (var i = local; i < n * n; i += 64u) {
    work[first + i] = a[first + i];
    rotated[first + i] = select(0.0, 1.0, i / n == i % n);
  }
  // Half a rounding of the largest element.
  let negligible = bitcast<f32>(largest) * 2.98e-8;
  for (var sweep = 0u; sweep < p.sweeps; sweep++) {
    var rotating = 0.0;
    for (var round = 0u; round < p.players - 1u; round++) {
      storageBarrier();
      for (var i = local; i < pairs; i += 64u) {
        let pair = pairOf(i, round);
        var c = 1.0;
        var s = 0.0;
        if (pair.y < n) {
          let between = work[first + pair.x * n + pair.y];
          if (abs(between) > negligible) {
            let apart = work[first + pair.y * n + pair.y] - work[first + pair.x * n + pair.x];
            let cotangent = apart / (2.0 * between);
            let tangent = select(1.0, -1.0, cotangent < 0.0) / (abs(cotangent) + sqrt(1.0 + cotangent * cotangent));
            c = 1.0 / sqrt(1.0 + tangent * tangent);
            s = c * tangent;
            rotating = 1.0;
          }
        }
        turns[turn + 2u * i] = c;
        turns[turn + 2u * i + 1u] = s;
      }
      storageBarrier();
      // J^T A J, a block of two rows and two columns at a time.
      for (var i = local; i < pairs * pairs; i += 64u) {
        let left = i / pairs;
        let right = i % pairs;
        let rows = pairOf(left, round);
        let columns = pairOf(right, round);
        let c = turns[turn + 2u * left];
        let s = turns[turn + 2u * left + 1u];
        let d = turns[turn + 2u * right];
        let t = turns[turn + 2u * right + 1u];
        if (s != 0.0 || t != 0.0) {
          let isLow = rows.y < n;
          let isRight = columns.y < n;
          let w11 = work[first + rows.x * n + columns.x];
          var w12 = 0.0;
          var w21 = 0.0;
          var w22 = 0.0;
          if (isRight) {
            w12 = work[first + rows.x * n + columns.y];
          }
          if (isLow) {
            w21 = work[first + rows.y * n + columns.x];
          }
          if (isLow && isRight) {
            w22 = work[first + rows.y * n + columns.y];
          }
          let u11 = c * w11 - s * w21;
          let u21 = s * w11 + c * w21;
          let u12 = c * w12 - s * w22;
          let u22 = s * w12 + c * w22;
          work[first + rows.x * n + columns.x] = d * u11 - t * u12;
          if (isRight) {
            work[first + rows.x * n + columns.y] = select(t * u11 + d * u12, 0.0, left == right);
          }
          if (isLow) {
            work[first + rows.y * n + columns.x] = select(d * u21 - t * u22, 0.0, left == right);
          }
          if (isLow && isRight) {
            work[first + rows.y * n + columns.y] = t * u21 + d * u22;
          }
        }
      }
      for (var i = local; i < pairs * n; i += 64u) {
        let pair = pairOf(i % pairs, round);
        let c = turns[turn + 2u * (i % pairs)];
        let s = turns[turn + 2u * (i % pairs) + 1u];
        if (s != 0.0) {
          let row = first + i / pairs * n;
          let one = rotated[row + pair.x];
          let other = rotated[row + pair.y];
          rotated[row + pair.x] = c * one - s * other;
          rotated[row + pair.y] = s * one + c * other;
        }
      }
    }
    turns[done + local] = rotating;
    storageBarrier();
    if (local == 0u) {
      var any = 0u;
      for (var i = 0u; i < 64u; i++) {
        any |= bitcast<u32>(turns[done + i]);
      }
      going = any;
    }
    if (workgroupUniformLoad(&going) == 0u) {
      break;
    }
  }
  storageBarrier();
  let isFinite = largest < 0x7f800000u;
  for (var k = local; k < n; k += 64u) {
    let value = work[first + k * n + k];
    var place = 0u;
    for (var j = 0u; j < n; j++) {
      let other = ordered(work[first + j * n + j]);
      place += select(0u, 1u, other < ordered(value) || (other == ordered(value) && j < k));
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
    values[matrix * n + place] = select(bitcast<f32>(p.nan), value, isFinite);
    for (var i = 0u; i < n; i++) {
      vectors[first + i * n + place] = select(bitcast<f32>(p.nan), sign * rotated[first + i * n + k], isFinite);
    }
  }
}
