// The kernel's result, where nothing else becomes of its sums.
@group(0) @binding(2) var<storage, read_write> result: array<Result>;

// Writes one element of a row of the result that starts at element `start`.
fn store(start: u32, column: u32, value: f32) {
  result[start + column] = Result(value);
}
