// The kernel's result, where nothing else becomes of its sums.
#if RESULT_VECTORS
@group(0) @binding(2) var<storage, read_write> result: array<Result4>;
#else
@group(0) @binding(2) var<storage, read_write> result: array<Result>;
#end

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
