// The adjoint of conv2d in x, one invocation per element of the result: every stride, dilation and number of groups.
#include elements

struct Parameters {
  count: u32,                                  // elements of the result
  height: u32, width: u32, inputs: u32,        // of x
  outHeight: u32, outWidth: u32, outputs: u32, // of y
  kernel: u32, stride: u32, dilation: u32,     // vertical | horizontal << 16
  top: u32, left: u32,                         // padding
  groups: u32,
}
@group(0) @binding(0) var<storage, read> y: array<Operand>;
@group(0) @binding(1) var<storage, read> weight: array<Operand>;

#include store

fn vertical(pair: u32) -> u32 { return pair & 0xffffu; }
fn horizontal(pair: u32) -> u32 { return pair >> 16u; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let i = id.y * grid.x * 64u + id.x;
  if (i >= p.count) {
    return;
  }
  let pixel = i / p.inputs;
  let input = i - pixel * p.inputs;
  let line = pixel / p.width;
  let image = line / p.height;
  let depth = p.inputs / p.groups;
  let group = input / depth;
  let channel = input - group * depth;
  let perGroup = p.outputs / p.groups;
  let startY = line - image * p.height + p.top;
  let startX = pixel - line * p.width + p.left;
  var sum = 0.0;
  for (var ky = 0u; ky < vertical(p.kernel); ky++) {
    // Wraps to a huge number where the tap lies above the image.
    let scaledY = startY - ky * vertical(p.dilation);
    let outY = scaledY / vertical(p.stride);
    if (outY >= p.outHeight || outY * vertical(p.stride) != scaledY) { continue; }
    for (var kx = 0u; kx < horizontal(p.kernel); kx++) {
      let scaledX = startX - kx * horizontal(p.dilation);
      let outX = scaledX / horizontal(p.stride);
      if (outX >= p.outWidth || outX * horizontal(p.stride) != scaledX) { continue; }
      let start = ((image * p.outHeight + outY) * p.outWidth + outX) * p.outputs + group * perGroup;
      let at = ((ky * horizontal(p.kernel) + kx) * depth + channel) * p.outputs + group * perGroup;
      for (var c = 0u; c < perGroup; c++) {
        sum += f32(y[start + c]) * f32(weight[at + c]);
      }
    }
  }
  store(i - input, input, sum);
}
