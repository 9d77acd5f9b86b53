// Merges neighbouring runs of `width` sorted pairs of a key and a position: the place of a pair is that in its own run, and the number of those of the other that come before
// it, which a binary search finds. Equal ones of the left run come first.
struct Parameters { count: u32, extent: u32, inner: u32, width: u32 }
@group(0) @binding(0) var<storage, read> pairs: array<vec2u>;
#if LAST
@group(0) @binding(1) var<storage, read_write> order: array<i32>;
#else
@group(0) @binding(1) var<storage, read_write> merged: array<vec2u>;
#end

@compute @workgroup_size(${THREADS})
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let t = (workgroup.x + workgroup.y * workgroups.x) * ${THREADS}u + local;
  if (t >= p.count) {
    return;
  }
  let row = t / p.extent;
  let offset = row * p.extent;
  let i = t - offset;
  let pair = pairs[t];
  let start = i / (2u * p.width) * (2u * p.width);
  let middle = min(start + p.width, p.extent);
  let isLeft = i < middle;
  let other = select(start, middle, isLeft);
  var low = other;
  var high = select(middle, min(start + 2u * p.width, p.extent), isLeft);
  while (low < high) {
    let between = (low + high) / 2u;
    let key = pairs[offset + between].x;
    if (key < pair.x || (key == pair.x && !isLeft)) {
      low = between + 1u;
    } else {
      high = between;
    }
  }
  let place = i - select(middle - start, 0u, isLeft) + (low - other);
#if LAST
  order[row / p.inner * p.extent * p.inner + row % p.inner + place * p.inner] = i32(pair.y);
#else
  merged[offset + place] = pair;
#end
}
