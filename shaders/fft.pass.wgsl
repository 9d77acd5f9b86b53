// One step of Stockham's fast Fourier transform, ${RADIX} numbers per invocation, for adapters without fast workgroup memory. The operand is [outer, radix, columns], the result
// [outer, columns / stride, radix, stride]: what is left to transform, `rest` numbers and this radix among them, moves in front of what is done.
struct Parameters {
  count: u32, // outer * columns
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
  let outer = t / p.columns;
  let column = t - outer * p.columns;
  let row = column / p.stride;
  let offset = column - row * p.stride;
  let first = outer * p.columns * ${RADIX}u;
  var x: array<vec2f, 8>;
#for j in RADIX
  x[${j}] = operand[first + column + ${j}u * p.columns];
#end
  butterfly${RADIX}(&x);
  let place = first + offset + row * ${RADIX}u * p.stride;
  result[place] = x[0];
#for k in RADIX - 1
  result[place + ${k + 1}u * p.stride] = times(x[${k + 1}], rootOfRest(row * ${k + 1}u));
#end
}
