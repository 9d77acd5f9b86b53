// conv2d on a software adapter, dilation 1, groups 1: rows are output pixels, columns output channels. For one vertical tap
// the k of an output pixel, (horizontal tap, input channel), are one run of texels of an input row.
enable subgroups;
#include elements

struct Parameters {
  rows: u32, columns: u32,
  height: u32, rowTexels: u32,       // of x; rowTexels = width * texels per pixel
  outHeight: u32, outWidth: u32,
  kernelHeight: u32, runTexels: u32, // runTexels = kernel width * texels per pixel
  strideY: u32, strideTexels: u32,
  top: u32, leftTexels: u32,         // padding
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
  let row = (group.z * groups.y + group.y) * ${8 * VECTORS}u + lane;
  let column = group.x * ${COLUMNS}u;
  let weightStep = (p.columns + 3u) / 4u;
  var weight = (lane / ${COLUMNS / 4}u) * weightStep + column / 4u + lane % ${COLUMNS / 4}u;
#for v in VECTORS
  let row${v} = row + ${8 * v}u;
  let line${v} = divide(row${v}, p.outWidth);
  let image${v} = divide(line${v}, p.outHeight);
  let x${v} = (row${v} - line${v} * p.outWidth) * p.strideTexels - p.leftTexels;
  let top${v} = select(outside, (line${v} - image${v} * p.outHeight) * p.strideY - p.top, row${v} < p.rows);
  #for q in COLUMNS / 4
  var c${v}_${q} = vec4f();
  #end
#end
  for (var ky = 0u; ky < p.kernelHeight; ky++) {
#for v in VECTORS
    let y${v} = top${v} + ky;
    let base${v} = select(outside, (image${v} * p.height + y${v}) * p.rowTexels, y${v} < p.height);
#end
    for (var k = 0u; k < p.runTexels; k++) {
#for v in VECTORS
      let at${v} = x${v} + k;
      let a${v} = loadA(select(outside, base${v} + at${v}, at${v} < p.rowTexels));
#end
#include texelMultiply
      weight += 4u * weightStep;
    }
  }
#for v in VECTORS
  if (row${v} < p.rows) {
    let start = row${v} * p.columns;
#include texelResult
  }
#end
}
