// A value [outer, rows, channels] as flat texels [outer, 4 * quadRows or rows, texels]: channels (and, where the value is a weight,
// rows) are padded with zeros to a multiple of four. An invocation writes ${TEXELS} texels.
struct Parameters {
  rows: u32, paddedRows: u32,
  channels: u32, texels: u32,   // per row
  total: u32,                   // texels of the whole value
  shift: u32,
}
var<immediate> p: Parameters;
@group(0) @binding(0) var<storage, read> value: array<f32>;
@group(0) @binding(1) var packed: texture_storage_2d<rgba32float, write>;

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * ${8 * TEXELS}u + lane;
  for (var i = 0u; i < ${TEXELS}u; i++) {
    let texel = first + 8u * i;
    if (texel >= p.total) {
      break;
    }
    let line = texel / p.texels;
    let channel = 4u * (texel - line * p.texels);
    let outer = line / p.paddedRows;
    let row = line - outer * p.paddedRows;
    let at = (outer * p.rows + row) * p.channels + channel;
    var x = vec4f();
    if (row < p.rows) {
      x.x = value[at];
      if (channel + 1u < p.channels) { x.y = value[at + 1u]; }
      if (channel + 2u < p.channels) { x.z = value[at + 2u]; }
      if (channel + 3u < p.channels) { x.w = value[at + 3u]; }
    }
    textureStore(packed, vec2u(texel & ((1u << p.shift) - 1u), texel >> p.shift), x);
  }
}
