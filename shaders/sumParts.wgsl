// result[i] = sum over parts of part[part * count + i], in that order.
#include elements

struct Parameters { count: u32, parts: u32 }
var<immediate> p: Parameters;
@group(0) @binding(0) var<storage, read> part: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<Result>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= p.count) {
    return;
  }
  var sum = part[i];
  for (var k = 1u; k < p.parts; k++) {
    sum += part[k * p.count + i];
  }
  result[i] = Result(sum);
}
