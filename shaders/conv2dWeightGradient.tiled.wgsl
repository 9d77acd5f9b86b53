// The adjoint of conv2d in its weight on a GPU, groups 1: rows are (vertical tap, horizontal tap, input channel), columns output channels,
// k counts the output pixels.
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

// The distance of the row's tap from the padded image's corner; y is outside for rows that do not exist.
struct Tap { y: u32, x: u32, channel: u32 }
#if A_VECTORS
struct Row { tap: Tap }
#else
struct Row { tap: array<Tap, 4> }
#end
fn locateTap(row: u32) -> Tap {
  let tap = row / p.inputs;
  let ky = tap / p.kernelWidth;
  let kx = tap - ky * p.kernelWidth;
  return Tap(
    select(outside, ky * vertical(p.dilation) - p.top, row < p.rows),
    kx * horizontal(p.dilation) - p.left,
    row - tap * p.inputs,
  );
}
fn locateRow(slice: Slice, row: u32) -> Row {
#if A_VECTORS
  return Row(locateTap(row));
#else
  return Row(array(locateTap(row), locateTap(row + 1u), locateTap(row + 2u), locateTap(row + 3u)));
#end
}

// An output pixel.
struct Depth { k: u32, firstLine: u32, y: u32, x: u32 }
fn locateDepth(slice: Slice, k: u32) -> Depth {
  let line = k / p.outWidth;
  let image = line / p.outHeight;
  return Depth(k, image * p.height, line - image * p.outHeight, k - line * p.outWidth);
}
fn advance(slice: Slice, depth: Depth) -> Depth {
  if (p.outWidth < ${DEPTH}u) {
    return locateDepth(slice, depth.k + ${DEPTH}u);
  }
  var next = depth;
  next.k += ${DEPTH}u;
  next.x += ${DEPTH}u;
  if (next.x >= p.outWidth) {
    next.x -= p.outWidth;
    next.y++;
    if (next.y == p.outHeight) {
      next.y = 0u;
      next.firstLine += p.height;
    }
  }
  return next;
}

fn fetchA(row: Row, depth: Depth) -> Fetched {
#if A_VECTORS
  let y = depth.y * vertical(p.stride) + row.tap.y;
  let x = depth.x * horizontal(p.stride) + row.tap.x;
  let inside = depth.k < p.depth && y < p.height && x < p.width;
  return Fetched(a[select(0u, (((depth.firstLine + y) * p.width + x) * p.inputs + row.tap.channel) / 4u, inside)], inside);
#else
  var value = Operand4();
  #for e in 4
  {
    let y = depth.y * vertical(p.stride) + row.tap[${e}].y;
    let x = depth.x * horizontal(p.stride) + row.tap[${e}].x;
    if (depth.k < p.depth && y < p.height && x < p.width) {
      value[${e}] = a[((depth.firstLine + y) * p.width + x) * p.inputs + row.tap[${e}].channel];
    }
  }
  #end
  return Fetched(value, true);
#end
}

fn fetchB(slice: Slice, k: u32, column: u32, depth: Depth) -> Fetched { return fetchMatrixB(0u, k, column); }

fn resultPlace(slice: Slice, row: u32) -> Place {
  return Place(row < p.rows, (slice.part * p.rows + row) * p.columns);
}

#include tileMain
