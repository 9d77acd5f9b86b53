// conv2d on a GPU, groups 1, as an implicit matrix product: rows are output pixels, columns output channels, k counts (vertical
// tap, horizontal tap, input channel).
#include elements

struct Parameters {
  rows: u32, columns: u32, depth: u32, depthPerPart: u32, parts: u32,
  height: u32, width: u32, inputs: u32,
  outHeight: u32, outWidth: u32,
  kernelWidth: u32, stride: u32, dilation: u32, // vertical | horizontal << 16
  top: u32, left: u32,                          // padding
}

#include tileBindings
#include tileMatrixB

fn locateSlice(z: u32) -> Slice { return splitSlice(z, p.parts, 1u); }
fn sliceDepth(slice: Slice) -> u32 { return p.depth; }

// The input pixel under the kernel's first tap; y is outside for rows that do not exist.
struct Row { firstLine: u32, y: u32, x: u32 }
fn locateRow(slice: Slice, row: u32) -> Row {
  let line = row / p.outWidth;
  let image = line / p.outHeight;
  let y = (line - image * p.outHeight) * vertical(p.stride) - p.top;
  let x = (row - line * p.outWidth) * horizontal(p.stride) - p.left;
  return Row(image * p.height, select(outside, y, row < p.rows), x);
}

// The distance of a tap from the first one, in input pixels, and the channel.
struct Depth { k: u32, tap: u32, channel: u32, y: u32, x: u32 }
fn locateDepth(slice: Slice, k: u32) -> Depth {
  let tap = k / p.inputs;
  let ky = tap / p.kernelWidth;
  let kx = tap - ky * p.kernelWidth;
  return Depth(k, kx, k - tap * p.inputs, ky * vertical(p.dilation), kx * horizontal(p.dilation));
}
// The k that lies so many further on.
fn advance(slice: Slice, depth: Depth, by: u32) -> Depth {
  var next = depth;
  next.k += by;
  next.channel += by;
  while (next.channel >= p.inputs) {
    next.channel -= p.inputs;
    next.tap++;
    next.x += horizontal(p.dilation);
    if (next.tap == p.kernelWidth) {
      next.tap = 0u;
      next.x = 0u;
      next.y += vertical(p.dilation);
    }
  }
  return next;
}

fn fetchA(slice: Slice, row: Row, depth: Depth, k: u32) -> Fetched {
#if A_VECTORS
  let y = row.y + depth.y;
  let x = row.x + depth.x;
  let inside = depth.k < p.depth && y < p.height && x < p.width;
  return Fetched(a[select(0u, (((row.firstLine + y) * p.width + x) * p.inputs + depth.channel) / 4u, inside)], inside);
#else
  // Four neighbours in k may belong to different taps.
  var value = Operand4();
  var at = depth;
  for (var e = 0u; e < 4u; e++) {
    let y = row.y + at.y;
    let x = row.x + at.x;
    if (at.k < p.depth && y < p.height && x < p.width) {
      value[e] = a[((row.firstLine + y) * p.width + x) * p.inputs + at.channel];
    }
    at = advance(slice, at, 1u);
  }
  return Fetched(value, true);
#end
}

fn fetchB(slice: Slice, k: u32, column: u32, depth: Depth) -> Fetched { return fetchMatrixB(0u, k, column); }

fn resultPlace(slice: Slice, row: u32) -> Place {
  return Place(row < p.rows, (slice.part * p.rows + row) * p.columns);
}

#include tileMain
