// Writes four neighbouring columns of the result.
fn store(row: u32, column: u32, value: vec4f) {
#if ALIGNED
  if (column < p.columns) {
    result[(row * p.columns + column) / 4u] = Result4(value);
  }
#else
  let at = row * p.columns + column;
  #for e in 4
  if (column + ${e}u < p.columns) {
    result[at + ${e}u] = Result(value[${e}]);
  }
  #end
#end
}
