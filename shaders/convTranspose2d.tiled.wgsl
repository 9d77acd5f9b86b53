// The adjoint of conv2d in x on a GPU, dilation 1, groups 1. Rows are the result's pixels of one phase (row modulo the vertical,
// column modulo the horizontal stride), which meet the same taps, so that no zeros are multiplied; columns are its channels; k
// counts (tap of the phase, channel of y). Workgroup z selects the part of k and the phase.
#include elements

struct Parameters {
  rows: u32, columns: u32, count: u32,   // rows of one phase; count: elements of the result
  depthPerPart: u32, parts: u32,
  height: u32, width: u32,               // of the result
  inHeight: u32, inWidth: u32, inputs: u32, // of y
  kernel: u32, stride: u32,              // vertical | horizontal << 16
  top: u32, left: u32,                   // padding of the convolution
}

#include tileBindings

fn locateSlice(z: u32) -> Slice { return splitSlice(z, p.parts, vertical(p.stride) * horizontal(p.stride)); }

fn phaseOf(slice: Slice) -> vec2u {
  let y = slice.item / horizontal(p.stride);
  return vec2u(slice.item - y * horizontal(p.stride), y);
}
// The first tap that meets the phase; the others are a stride apart.
fn firstTap(slice: Slice) -> vec2u {
  return (phaseOf(slice) + vec2u(p.left, p.top)) % vec2u(horizontal(p.stride), vertical(p.stride));
}
fn tapCount(slice: Slice) -> vec2u {
  let stride = vec2u(horizontal(p.stride), vertical(p.stride));
  let first = firstTap(slice);
  let kernel = vec2u(horizontal(p.kernel), vertical(p.kernel));
  return (max(kernel, first) - first + stride - 1u) / stride;
}
fn sliceDepth(slice: Slice) -> u32 {
  let taps = tapCount(slice);
  return taps.x * taps.y * p.inputs;
}
fn grid() -> vec2u {
  let stride = vec2u(horizontal(p.stride), vertical(p.stride));
  return (vec2u(p.width, p.height) + stride - 1u) / stride;
}

// The pixel of y that meets the phase's first tap; y is outside for rows that do not exist.
struct Row { firstLine: u32, y: u32, x: u32 }
fn locateRow(slice: Slice, row: u32) -> Row {
  let size = grid();
  let line = row / size.x;
  let image = line / size.y;
  let shift = (phaseOf(slice) + vec2u(p.left, p.top)) / vec2u(horizontal(p.stride), vertical(p.stride));
  return Row(
    image * p.inHeight,
    select(outside, line - image * size.y + shift.y, row < p.rows),
    row - line * size.x + shift.x,
  );
}

struct Depth { tapX: u32, tapY: u32, taps: vec2u, channel: u32, first: vec2u }
fn locateDepth(slice: Slice, k: u32) -> Depth {
  let taps = tapCount(slice);
  let tap = k / p.inputs;
  let y = tap / max(taps.x, 1u);
  return Depth(tap - y * taps.x, y, taps, k - tap * p.inputs, firstTap(slice));
}
// The k that lies so many further on.
fn advance(slice: Slice, depth: Depth, by: u32) -> Depth {
  var next = depth;
  next.channel += by;
  while (next.channel >= p.inputs) {
    next.channel -= p.inputs;
    next.tapX++;
    if (next.tapX >= next.taps.x) {
      next.tapX = 0u;
      next.tapY++;
    }
  }
  return next;
}

fn fetchA(slice: Slice, row: Row, depth: Depth, k: u32) -> Fetched {
#if A_VECTORS
  let y = row.y - depth.tapY;
  let x = row.x - depth.tapX;
  let inside = depth.tapX < depth.taps.x && depth.tapY < depth.taps.y && y < p.inHeight && x < p.inWidth;
  return Fetched(a[select(0u, (((row.firstLine + y) * p.inWidth + x) * p.inputs + depth.channel) / 4u, inside)], inside);
#else
  var value = Operand4();
  var at = depth;
  for (var e = 0u; e < 4u; e++) {
    let y = row.y - at.tapY;
    let x = row.x - at.tapX;
    if (at.tapX < at.taps.x && at.tapY < at.taps.y && y < p.inHeight && x < p.inWidth) {
      value[e] = a[((row.firstLine + y) * p.inWidth + x) * p.inputs + at.channel];
    }
    at = advance(slice, at, 1u);
  }
  return Fetched(value, true);
#end
}

fn weightTap(depth: Depth) -> u32 {
  return (depth.first.y + depth.tapY * vertical(p.stride)) * horizontal(p.kernel) + depth.first.x +
    depth.tapX * horizontal(p.stride);
}

// Four channels of y, along which the weight lies, for one channel of the result. They are the k of `depth`.
fn fetchB(slice: Slice, k: u32, column: u32, depth: Depth) -> Fetched {
#if B_VECTORS
  let inside = depth.tapX < depth.taps.x && depth.tapY < depth.taps.y && column < p.columns;
  return Fetched(b[select(0u, ((weightTap(depth) * p.columns + column) * p.inputs + depth.channel) / 4u, inside)], inside);
#else
  var value = Operand4();
  var at = depth;
  for (var e = 0u; e < 4u; e++) {
    if (at.tapX < at.taps.x && at.tapY < at.taps.y && column < p.columns) {
      value[e] = b[(weightTap(at) * p.columns + column) * p.inputs + at.channel];
    }
    at = advance(slice, at, 1u);
  }
  return Fetched(value, true);
#end
}

fn resultPlace(slice: Slice, row: u32) -> Place {
  let size = grid();
  let line = row / size.x;
  let image = line / size.y;
  let phase = phaseOf(slice);
  let x = (row - line * size.x) * horizontal(p.stride) + phase.x;
  let y = (line - image * size.y) * vertical(p.stride) + phase.y;
  return Place(
    row < p.rows && x < p.width && y < p.height,
    slice.part * p.count + ((image * p.height + y) * p.width + x) * p.columns,
  );
}

#include tileMain
