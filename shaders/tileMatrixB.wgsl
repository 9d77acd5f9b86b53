// b is a matrix [depth, columns] from element `start` on: four neighbouring columns at one k.
fn fetchMatrixB(start: u32, k: u32, column: u32) -> vec4f {
  var value = vec4f();
  if (k >= p.depth) {
    return value;
  }
  let at = start + k * p.columns + column;
#if B_VECTORS
  if (column < p.columns) {
    value = vec4f(b[at / 4u]);
  }
#else
  #for e in 4
  if (column + ${e}u < p.columns) {
    value[${e}] = f32(b[at + ${e}u]);
  }
  #end
#end
  return value;
}
