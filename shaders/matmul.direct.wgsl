// matmul, one invocation per element of the result.
#include elements

struct Parameters { count: u32, rows: u32, columns: u32, depth: u32 }
@group(0) @binding(0) var<storage, read> a: array<Operand>;
@group(0) @binding(1) var<storage, read> b: array<Operand>;

#include store

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let i = id.y * grid.x * 64u + id.x;
  if (i >= p.count) {
    return;
  }
  let row = i / p.columns;
  let column = i - row * p.columns;
  let first = row / p.rows * p.depth * p.columns + column;
  var sum = 0.0;
  for (var k = 0u; k < p.depth; k++) {
    sum += f32(a[row * p.depth + k]) * f32(b[first + k * p.columns]);
  }
  store(i - column, column, sum);
}
