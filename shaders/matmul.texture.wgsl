// matmul on a software adapter: texels of a run along k, texels of b along the columns; workgroup z counts the batch.
enable subgroups;
#include elements

struct Parameters {
  rows: u32, columns: u32, runTexels: u32, // runTexels = k / 4, rounded up
  batch: u32,
  shiftA: u32, shiftB: u32,
}
@group(0) @binding(0) var a: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var b: texture_storage_2d<rgba32float, read>;

#include texelTile
#include store

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let high = group.z / p.batch;
  let matrix = group.z - high * p.batch;
  let row = (high * groups.y + group.y) * ${8 * VECTORS}u + lane;
  let column = group.x * ${COLUMNS}u;
  let weightStep = (p.columns + 3u) / 4u;
  var weight = (matrix * p.runTexels * 4u + lane / ${COLUMNS / 4}u) * weightStep + column / 4u + lane % ${COLUMNS / 4}u;
#for v in VECTORS
  let row${v} = row + ${8 * v}u;
  let base${v} = select(outside, (matrix * p.rows + row${v}) * p.runTexels, row${v} < p.rows);
  #for q in COLUMNS / 4
  var c${v}_${q} = vec4f();
  #end
#end
  for (var k = 0u; k < p.runTexels; k++) {
#for v in VECTORS
    let a${v} = loadA(base${v} + k);
#end
#include texelMultiply
    weight += 4u * weightStep;
  }
#for v in VECTORS
  if (row${v} < p.rows) {
    let start = (matrix * p.rows + row${v}) * p.columns;
#include texelResult
  }
#end
}
