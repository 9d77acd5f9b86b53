// A value [outer, rows, channels] as flat texels [outer, 4 * quadRows or rows, texels]: channels (and, where the value is a weight,
// rows) are padded with zeros to a multiple of four. An invocation writes ${TEXELS} texels.
#include elements

struct Parameters {
  rows: u32, paddedRows: u32,
  channels: u32, texels: u32,   // per row
  total: u32,                   // texels of the whole value
  shift: u32,
}
@group(0) @binding(0) var<storage, read> value: array<Operand>;
@group(0) @binding(1) var packed: texture_storage_2d<rgba32float, write>;

#include divide

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // One true division each; what follows has numerators below 2^24, for which the float quotient is off by at most one.
  let first = (group.y * groups.x + group.x) * ${8 * TEXELS}u + lane;
  let firstLine = first / p.texels;
  let firstTexel = first - firstLine * p.texels;
  let firstOuter = firstLine / p.paddedRows;
  let firstRow = firstLine - firstOuter * p.paddedRows;
  for (var i = 0u; i < ${TEXELS}u; i++) {
    let texel = first + 8u * i;
    if (texel >= p.total) {
      break;
    }
    let lines = divide(firstTexel + 8u * i, p.texels);
    let channel = 4u * (firstTexel + 8u * i - lines * p.texels);
    let outers = divide(firstRow + lines, p.paddedRows);
    let row = firstRow + lines - outers * p.paddedRows;
    let outer = firstOuter + outers;
    let at = (outer * p.rows + row) * p.channels + channel;
    var x = vec4f();
    if (row < p.rows) {
#for e in 4
      if (channel + ${e}u < p.channels) { x[${e}] = f32(value[at + ${e}u]); }
#end
    }
    textureStore(packed, vec2u(texel & ((1u << p.shift) - 1u), texel >> p.shift), x);
  }
}
