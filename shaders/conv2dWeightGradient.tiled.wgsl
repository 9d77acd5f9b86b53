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

// A pixel of x in a.
fn pixelSize() -> u32 { return p.inputs / unitA; }

// The distance of the row's tap from the pixel under the first one without padding: in input pixels, and, with the channel, in a; y is outside for rows that do not exist. What lies above the
// image or left of it wraps to huge numbers, and so does its place; both are right again where the tap is inside.
struct Tap { y: u32, x: u32, start: u32 }
#if A_VECTORS
struct Row { tap: Tap }
#else
struct Row { tap: array<Tap, 4> }
#end
fn locateTap(row: u32) -> Tap {
  let tap = row / p.inputs;
  let ky = tap / p.kernelWidth;
  let y = ky * vertical(p.dilation) - p.top;
  let x = (tap - ky * p.kernelWidth) * horizontal(p.dilation) - p.left;
  return Tap(select(outside, y, row < p.rows), x, (y * p.width + x) * pixelSize() + (row - tap * p.inputs) / unitA);
}
fn locateRow(slice: Slice, row: u32) -> Row {
#if A_VECTORS
  return Row(locateTap(row));
#else
  return Row(array(locateTap(row), locateTap(row + 1u), locateTap(row + 2u), locateTap(row + 3u)));
#end
}

// The input pixel under an output pixel's first tap without padding, and its place in a.
struct Depth { y: u32, x: u32, start: u32 }
fn locateDepth(slice: Slice, k: u32) -> Depth {
  let line = k / p.outWidth;
  let image = line / p.outHeight;
  let y = (line - image * p.outHeight) * vertical(p.stride);
  let x = (k - line * p.outWidth) * horizontal(p.stride);
  return Depth(y, x, ((image * p.height + y) * p.width + x) * pixelSize());
}
// The output pixel that lies so many further on: across the ends of lines and images by steps, as a division costs more than a few of them.
fn advance(slice: Slice, depth: Depth, by: u32) -> Depth {
  let lineEnd = p.outWidth * horizontal(p.stride);
  let imageEnd = p.outHeight * vertical(p.stride);
  var next = depth;
  next.x += by * horizontal(p.stride);
  next.start += by * horizontal(p.stride) * pixelSize();
  while (next.x >= lineEnd) {
    next.x -= lineEnd;
    next.y += vertical(p.stride);
    next.start += (vertical(p.stride) * p.width - lineEnd) * pixelSize();
    if (next.y == imageEnd) {
      next.y = 0u;
      next.start += (p.height - imageEnd) * p.width * pixelSize();
    }
  }
  return next;
}

// Whether the tap of a row lies in the image.
fn meets(tap: Tap, depth: Depth, k: u32) -> bool {
  return k < p.depth && depth.y + tap.y < p.height && depth.x + tap.x < p.width;
}
fn fetchA(slice: Slice, row: Row, depth: Depth, k: u32) -> Fetched {
#if A_VECTORS
  let inside = meets(row.tap, depth, k);
  return Fetched(a[select(0u, depth.start + row.tap.start, inside)], inside);
#else
  var value = Operand4();
  #for e in 4
  if (meets(row.tap[${e}], depth, k)) {
    value[${e}] = a[depth.start + row.tap[${e}].start];
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
