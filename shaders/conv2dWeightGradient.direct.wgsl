// The adjoint of conv2d in its weight, one invocation per element of the weight and part of the pixels (workgroup z): every
// stride, dilation and number of groups. Part z is written to the result + z * count.
#include elements

struct Parameters {
  count: u32,                                  // elements of the result
  height: u32, width: u32, inputs: u32,        // of x
  outHeight: u32, outWidth: u32, outputs: u32, // of y
  kernel: u32, stride: u32, dilation: u32,     // vertical | horizontal << 16
  top: u32, left: u32,                         // padding
  groups: u32,
  pixels: u32, pixelsPerPart: u32,             // of y
}
@group(0) @binding(0) var<storage, read> x: array<Operand>;
@group(0) @binding(1) var<storage, read> y: array<Operand>;

#include store

fn vertical(pair: u32) -> u32 { return pair & 0xffffu; }
fn horizontal(pair: u32) -> u32 { return pair >> 16u; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let i = id.y * grid.x * 64u + id.x;
  if (i >= p.count) {
    return;
  }
  let row = i / p.outputs;
  let output = i - row * p.outputs;
  let depth = p.inputs / p.groups;
  let tap = row / depth;
  let input = output / (p.outputs / p.groups) * depth + row - tap * depth;
  let ky = tap / horizontal(p.kernel);
  let tapY = ky * vertical(p.dilation) - p.top;
  let tapX = (tap - ky * horizontal(p.kernel)) * horizontal(p.dilation) - p.left;
  let end = min(p.pixels, (id.z + 1u) * p.pixelsPerPart);
  var sum = 0.0;
  for (var pixel = id.z * p.pixelsPerPart; pixel < end; pixel++) {
    let line = pixel / p.outWidth;
    let image = line / p.outHeight;
    // Both wrap to a huge number outside the image.
    let inY = (line - image * p.outHeight) * vertical(p.stride) + tapY;
    let inX = (pixel - line * p.outWidth) * horizontal(p.stride) + tapX;
    if (inY < p.height && inX < p.width) {
      sum += f32(x[((image * p.height + inY) * p.width + inX) * p.inputs + input]) * f32(y[pixel * p.outputs + output]);
    }
  }
  store(id.z * p.count + i - output, output, sum);
}
