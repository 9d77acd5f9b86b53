// One step of Stockham's fast Fourier transform by a radix of up to ${CAPACITY}, which workgroups do in their memory by small radices: see fft.pass.wgsl for the operand and the
// result. Where the radix is the whole length, this is all. A tile is [tileOuter, radix, tileColumns], so that neighbours in memory are read together.
struct Parameters {
  outer: u32,
  columns: u32,
  stride: u32,
  radix: u32,
  rest: u32,
  fine: u32,
  direction: f32,
  tileOuter: u32,
  tileColumns: u32,
  radices: u32, // the small radices, 4 bits each, the first in the lowest
}
@group(0) @binding(0) var<storage, read> operand: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> result: array<vec2f>;
#include butterflies

// Each small step reads one half and writes the other.
var<workgroup> tile: array<vec2f, ${2 * CAPACITY}>;

// a / b for a below 2^20, where `inverse` is 1 / b: what rounding may be off is less than half a part.
fn quotient(a: u32, inverse: f32) -> u32 {
  return u32((f32(a) + 0.5) * inverse);
}

@compute @workgroup_size(${THREADS})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let across = (p.columns + p.tileColumns - 1u) / p.tileColumns;
  let t = workgroup.x + workgroup.y * workgroups.x;
  let firstOuter = t / across * p.tileOuter;
  let firstColumn = t % across * p.tileColumns;
  if (firstOuter >= p.outer) {
    return;
  }
  let plane = p.radix * p.tileColumns;
  let count = p.tileOuter * plane;
  let perPlane = 1.0 / f32(plane);
  let perLine = 1.0 / f32(p.tileColumns);

  for (var i = local; i < count; i += ${THREADS}u) {
    let o = quotient(i, perPlane);
    let line = quotient(i, perLine);
    let outer = firstOuter + o;
    let column = firstColumn + i - line * p.tileColumns;
    if (outer < p.outer && column < p.columns) {
      // Line o * radix + j of the tile is line outer * radix + j of the operand.
      tile[i] = operand[(firstOuter * p.radix + line) * p.columns + column];
    }
  }
  workgroupBarrier();

  var now = 0u;
  var next = ${CAPACITY}u;
  var done = 1u;
  for (var radices = p.radices; radices != 0u; radices >>= 4u) {
    let small = radices & 15u;
    let columns = plane / small;
    let stride = done * p.tileColumns;
    let perColumns = 1.0 / f32(columns);
    let perStride = 1.0 / f32(stride);
    switch small {
#for radix in 9
#if radix > 1 && radix != 6
      case ${radix}u: {
        for (var i = local; i < p.tileOuter * columns; i += ${THREADS}u) {
          let o = quotient(i, perColumns);
          let column = i - o * columns;
          let row = quotient(column, perStride);
          let offset = column - row * stride;
          let first = o * plane;
          var x: array<vec2f, 8>;
#for j in radix
          x[${j}] = tile[now + first + column + ${j}u * columns];
#end
          butterfly${radix}(&x);
          let place = next + first + offset + row * ${radix}u * stride;
          tile[place] = x[0];
#for k in radix - 1
          tile[place + ${k + 1}u * stride] = times(x[${k + 1}], rootOfRadix(row * ${k + 1}u * done));
#end
        }
      }
#end
#end
      default: {}
    }
    done *= small;
    let written = next;
    next = now;
    now = written;
    workgroupBarrier();
  }

  // Neighbours in the result: columns of one row, or, where these are few, what was transformed.
  let byLine = p.stride < p.tileColumns;
  let perRadix = 1.0 / f32(p.radix);
  for (var i = local; i < count; i += ${THREADS}u) {
    let o = quotient(i, perPlane);
    let outer = firstOuter + o;
    let within = i - o * plane;
    let major = quotient(within, select(perLine, perRadix, byLine));
    let minor = within - major * select(p.tileColumns, p.radix, byLine);
    let k = select(major, minor, byLine);
    let b = select(minor, major, byLine);
    let column = firstColumn + b;
    if (outer < p.outer && column < p.columns) {
      let row = column / p.stride;
      var value = tile[now + o * plane + k * p.tileColumns + b];
      if (p.rest != p.radix) {
        value = times(value, rootOfRest(row * k));
      }
      let place = (outer * p.columns + row * p.stride) * p.radix + column - row * p.stride + k * p.stride;
      result[place] = value;
    }
  }
}
