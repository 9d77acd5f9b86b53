// Writes four neighbouring columns of a row of the result that starts at element `start`.
fn store(start: u32, column: u32, value: vec4f) {
#if RESULT_VECTORS
  if (column < p.columns) {
    result[(start + column) / 4u] = Result4(value);
  }
#else
  #for e in 4
  if (column + ${e}u < p.columns) {
    result[start + column + ${e}u] = Result(value[${e}]);
  }
  #end
#end
}
