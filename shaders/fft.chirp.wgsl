// Products with a table along the middle axis of [outer, extent, inner], conjugated where `direction` is -1; cut or filled with zeros to `resized`: the steps of Bluestein's algorithm
// between its transforms.
struct Parameters {
  count: u32, // outer * resized * inner
  extent: u32, // of the operand
  resized: u32, // of the result
  inner: u32,
  direction: f32,
}
@group(0) @binding(0) var<storage, read> operand: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec2f>;
@group(0) @binding(2) var<storage, read> chirp: array<vec2f>;

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
  let line = t / p.inner;
  let outer = line / p.resized;
  let j = line - outer * p.resized;
  var product = vec2f();
  if (j < p.extent) {
    let x = operand[(outer * p.extent + j) * p.inner + t - line * p.inner];
    let c = vec2f(chirp[j].x, chirp[j].y * p.direction);
    product = vec2f(x.x * c.x - x.y * c.y, x.x * c.y + x.y * c.x);
  }
  result[t] = product;
}
