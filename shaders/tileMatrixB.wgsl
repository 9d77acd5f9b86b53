// b is a matrix [depth, columns] from element `start` on: four neighbouring columns at one k.
fn fetchMatrixB(start: u32, k: u32, column: u32) -> Fetched {
  let at = start / unitB + k * (p.columns / unitB) + column / unitB;
#if B_VECTORS
  let inside = k < p.depth && column < p.columns;
  return Fetched(b[select(0u, at, inside)], inside);
#else
  var value = Operand4();
  #for e in 4
  if (column + ${e}u < p.columns && k < p.depth) {
    value[${e}] = b[at + ${e}u];
  }
  #end
  return Fetched(value, true);
#end
}
