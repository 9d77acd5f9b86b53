// One step of Stockham's fast Fourier transform whose radix is a larger prime, one number of the result per invocation; see fft.pass.wgsl.
struct Parameters {
  count: u32, // outer * radix * columns
  columns: u32,
  stride: u32,
  radix: u32,
  rest: u32,
  fine: u32,
  direction: f32,
}
@group(0) @binding(0) var<storage, read> operand: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec2f>;
#include butterflies

@compute @workgroup_size(${THREADS})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let t = (workgroup.x + workgroup.y * workgroups.x) * ${THREADS}u + local;
  if (t >= p.count) {
    return;
  }
  let line = t / p.columns;
  let column = t - line * p.columns;
  let outer = line / p.radix;
  let k = line - outer * p.radix;
  let row = column / p.stride;
  let offset = column - row * p.stride;
  let first = outer * p.columns * p.radix;
  var total = vec2f();
  var root = 0u;
  for (var j = 0u; j < p.radix; j++) {
    total += times(operand[first + column + j * p.columns], rootOfRadix(root));
    root += k;
    root -= select(0u, p.radix, root >= p.radix);
  }
  result[first + offset + (row * p.radix + k) * p.stride] = times(total, rootOfRest(row * k));
}
