// matmul on a GPU. Workgroup z selects the part of k and the matrix of the batch.
#include elements

struct Parameters { rows: u32, columns: u32, depth: u32, depthPerPart: u32, parts: u32, batch: u32 }

#include tileBindings
#include tileMatrixB

fn locateSlice(z: u32) -> Slice { return splitSlice(z, p.parts, p.batch); }
fn sliceDepth(slice: Slice) -> u32 { return p.depth; }

struct Row { exists: bool, start: u32 }
fn locateRow(slice: Slice, row: u32) -> Row {
  return Row(row < p.rows, (slice.item * p.rows + row) * p.depth);
}

struct Depth { k: u32 }
fn locateDepth(slice: Slice, k: u32) -> Depth { return Depth(k); }
fn advance(slice: Slice, depth: Depth, by: u32) -> Depth { return Depth(depth.k + by); }

fn fetchA(slice: Slice, row: Row, depth: Depth, k: u32) -> Fetched {
#if A_VECTORS
  let inside = row.exists && depth.k < p.depth;
  return Fetched(a[select(0u, (row.start + depth.k) / 4u, inside)], inside);
#else
  var value = Operand4();
  #for e in 4
  if (row.exists && depth.k + ${e}u < p.depth) {
    value[${e}] = a[row.start + depth.k + ${e}u];
  }
  #end
  return Fetched(value, true);
#end
}

fn fetchB(slice: Slice, k: u32, column: u32, depth: Depth) -> Fetched {
  return fetchMatrixB(slice.item * p.depth * p.columns, k, column);
}

fn resultPlace(slice: Slice, row: u32) -> Place {
  return Place(row < p.rows, ((slice.part * p.batch + slice.item) * p.rows + row) * p.columns);
}

#include tileMain
