// Folds `rows` rows of partial results of a reduction, [rows, outputs], to `next`: row s of these is made of the rows s, s + next, ...
// `Value` and `foldTwo` say what is folded.
#include operation

struct Parameters { outputs: u32, rows: u32, next: u32 }
@group(0) @binding(0) var<storage, read> source: array<Value>;
@group(0) @binding(1) var<storage, read_write> folded: array<Value>;

@compute @workgroup_size(${THREADS})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let t = (workgroup.x + workgroup.y * workgroups.x) * ${THREADS}u + local;
  if (t >= p.outputs * p.next) {
    return;
  }
  let slot = t / p.outputs;
  let o = t - slot * p.outputs;
  var total = source[t];
  for (var row = slot + p.next; row < p.rows; row += p.next) {
    total = foldTwo(total, source[row * p.outputs + o]);
  }
  folded[t] = total;
}
