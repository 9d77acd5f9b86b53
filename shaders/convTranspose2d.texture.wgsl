// The adjoint of conv2d in x on a software adapter, dilation 1, groups 1. Rows are the result's pixels of one phase (row modulo
// strideY, column modulo strideX), which meet the same taps; columns are its channels; k runs over taps of the phase and
// over the channels of y, along which the texels of both y and the weight lie. Workgroup z counts the phases.
enable subgroups;
#include elements

struct Parameters {
  rows: u32, columns: u32,       // rows of one phase: batch * ceil(height / strideY) * ceil(width / strideX)
  height: u32, width: u32,       // of the result
  inHeight: u32, inWidth: u32,   // of y
  pixelTexels: u32,              // of y
  kernelHeight: u32, kernelWidth: u32,
  strideY: u32, strideX: u32,
  top: u32, left: u32,           // padding of the convolution
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
  let phaseRow = group.z / p.strideX;
  let high = phaseRow / p.strideY;
  let phaseY = phaseRow - high * p.strideY;
  let phaseX = group.z - phaseRow * p.strideX;
  // Tap ky + strideY * t of the phase meets row (phaseY + top - ky) / strideY - t of y, counted from the pixel's own.
  let firstY = (phaseY + p.top) % p.strideY;
  let firstX = (phaseX + p.left) % p.strideX;
  let shiftY = (phaseY + p.top) / p.strideY;
  let shiftX = (phaseX + p.left) / p.strideX;
  let gridHeight = (p.height + p.strideY - 1u) / p.strideY;
  let gridWidth = (p.width + p.strideX - 1u) / p.strideX;
  let row = (high * groups.y + group.y) * ${8 * VECTORS}u + lane;
  let column = group.x * ${COLUMNS}u;
#for v in VECTORS
  let row${v} = row + ${8 * v}u;
  let line${v} = divide(row${v}, gridWidth);
  let image${v} = divide(line${v}, gridHeight);
  let gridX${v} = row${v} - line${v} * gridWidth;
  let gridY${v} = line${v} - image${v} * gridHeight;
  let bottom${v} = select(outside, gridY${v} + shiftY, row${v} < p.rows);
  #for q in COLUMNS / 4
  var c${v}_${q} = vec4f();
  #end
#end
  for (var ky = firstY; ky < p.kernelHeight; ky += p.strideY) {
    let backY = ky / p.strideY;
#for v in VECTORS
    let y${v} = bottom${v} - backY;
    let line${v}_ = select(outside, (image${v} * p.inHeight + y${v}) * p.inWidth, y${v} < p.inHeight);
#end
    var backX = shiftX;
    for (var kx = firstX; kx < p.kernelWidth; kx += p.strideX) {
#for v in VECTORS
      let x${v} = gridX${v} + backX;
      let base${v} = select(outside, (line${v}_ + x${v}) * p.pixelTexels, (x${v} < p.inWidth) && (y${v} < p.inHeight));
#end
      backX--;
      let weight = ((ky * p.kernelWidth + kx) * p.columns + column + lane) * p.pixelTexels;
      for (var k = 0u; k < p.pixelTexels; k++) {
#for v in VECTORS
        let a${v} = loadA(base${v} + k);
#end
#for h in (COLUMNS + 7) / 8
        let b${h} = loadB(weight + ${8 * h}u * p.pixelTexels + k);
#end
#for q in COLUMNS / 4
  #for e in 4
        let w${q}_${e} = subgroupBroadcast(b${q / 2}, ${(4 * q + e) % 8}u);
  #end
  #for v in VECTORS
        c${v}_${q} += vec4f(dot(w${q}_0, a${v}), dot(w${q}_1, a${v}), dot(w${q}_2, a${v}), dot(w${q}_3, a${v}));
  #end
#end
      }
    }
  }
#for v in VECTORS
  let y${v} = gridY${v} * p.strideY + phaseY;
  let x${v} = gridX${v} * p.strideX + phaseX;
  if (row${v} < p.rows && y${v} < p.height && x${v} < p.width) {
    let start = ((image${v} * p.height + y${v}) * p.width + x${v}) * p.columns;
#include texelResult
  }
#end
}
