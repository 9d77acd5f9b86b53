// conv2d, one invocation per element of the result: every stride, dilation and number of groups.
#include elements

struct Parameters {
  count: u32,                                  // elements of the result
  height: u32, width: u32, inputs: u32,        // of x
  outHeight: u32, outWidth: u32, outputs: u32, // of y
  kernel: u32, stride: u32, dilation: u32,     // vertical | horizontal << 16
  top: u32, left: u32,                         // padding
  groups: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Operand>;
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
  let pixel = i / p.outputs;
  let output = i - pixel * p.outputs;
  let line = pixel / p.outWidth;
  let image = line / p.outHeight;
  let depth = p.inputs / p.groups;
  let firstInput = output / (p.outputs / p.groups) * depth;
  let startY = (line - image * p.outHeight) * vertical(p.stride) - p.top;
  let startX = (pixel - line * p.outWidth) * horizontal(p.stride) - p.left;
  var sum = 0.0;
  for (var ky = 0u; ky < vertical(p.kernel); ky++) {
    let inY = startY + ky * vertical(p.dilation); // wraps to a huge number above the image
    if (inY >= p.height) { continue; }
    for (var kx = 0u; kx < horizontal(p.kernel); kx++) {
      let inX = startX + kx * horizontal(p.dilation);
      if (inX >= p.width) { continue; }
      let start = ((image * p.height + inY) * p.width + inX) * p.inputs + firstInput;
      let tap = (ky * horizontal(p.kernel) + kx) * depth;
      for (var c = 0u; c < depth; c++) {
        sum += f32(x[start + c]) * f32(weight[(tap + c) * p.outputs + output]);
      }
    }
  }
  store(i - output, output, sum);
}
