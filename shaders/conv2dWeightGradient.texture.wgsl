// The adjoint of conv2d in its weight on a software adapter, dilation 1, groups 1: an outer product summed over output pixels.
// A row quad is four input channels of one tap; an invocation owns one quad and ${COLUMNS} output channels. Workgroup z counts
// the parts into which the pixels are split; part z is written to result + z * (size of the weight).
enable subgroups;
#include elements

struct Parameters {
  rows: u32, columns: u32,       // row quads: taps * texels per pixel of x; output channels
  height: u32, width: u32, channels: u32, // of x
  outHeight: u32, outWidth: u32,
  kernelWidth: u32,
  strideY: u32, strideX: u32,
  top: u32, left: u32,           // padding
  pixels: u32, pixelsPerPart: u32,
  shiftA: u32, shiftB: u32,
}
@group(0) @binding(0) var a: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var b: texture_storage_2d<rgba32float, read>;

#include texelTile
#include store

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let pixelTexels = (p.channels + 3u) / 4u;
  let rowTexels = p.width * pixelTexels;
  let runTexels = p.kernelWidth * pixelTexels;
  let strideTexels = p.strideX * pixelTexels;
  let quad = group.y * 8u + lane;
  let ky = quad / runTexels;
  let run = quad - ky * runTexels;
  let column = group.x * ${COLUMNS}u;
  let laneY = select(outside, ky - p.top, quad < p.rows);
  let laneX = run - p.left * pixelTexels;
  let outTexels = (p.columns + 3u) / 4u;
  let lanePixel = lane / ${COLUMNS / 4}u;
  let laneColumn = column / 4u + lane % ${COLUMNS / 4}u;
#for i in 4
  #for q in COLUMNS / 4
  var c${i}_${q} = vec4f();
  #end
#end
  let begin = group.z * p.pixelsPerPart;
  let end = min(p.pixels, begin + p.pixelsPerPart);
  var line = begin / p.outWidth;
  var x = begin - line * p.outWidth;
  var image = line / p.outHeight;
  var y = line - image * p.outHeight;
  for (var pixel = begin; pixel < end; pixel += 4u) {
#for u in 4
    let inY${u} = y * p.strideY + laneY;
    let inX${u} = x * strideTexels + laneX;
    let a${u} = loadA(select(outside, (image * p.height + inY${u}) * rowTexels + inX${u},
      (inY${u} < p.height) && (inX${u} < rowTexels) && (pixel + ${u}u < end)));
    x++;
    let wrapX${u} = x == p.outWidth;
    x = select(x, 0u, wrapX${u});
    y += u32(wrapX${u});
    let wrapY${u} = y == p.outHeight;
    y = select(y, 0u, wrapY${u});
    image += u32(wrapY${u});
#end
#for h in (COLUMNS + 7) / 8
    let at${h} = pixel + ${h * 32 / COLUMNS}u + lanePixel;
    let b${h} = loadB(select(outside, at${h} * outTexels + laneColumn, at${h} < end));
#end
#for u in 4
  #for q in COLUMNS / 4
    let w${u}_${q} = subgroupBroadcast(b${u * COLUMNS / 32}, ${u * COLUMNS / 4 % 8 + q}u);
    #for i in 4
    c${i}_${q} += a${u}[${i}] * w${u}_${q};
    #end
  #end
#end
  }
  let kx = run / pixelTexels;
  let channel = 4u * (run - kx * pixelTexels);
  let kernelHeight = p.rows / runTexels;
  let row = ((group.z * kernelHeight + ky) * p.kernelWidth + kx) * p.channels + channel;
#for v in 4
  if (quad < p.rows && channel + ${v}u < p.channels) {
    let start = (row + ${v}u) * p.columns;
#include texelResult
  }
#end
}
