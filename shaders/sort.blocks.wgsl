// Sorts blocks of ${BLOCK} neighbours: the place of an element is the number of those of its block that come before it, among equals those at lower positions. An
// element becomes a pair of its key, whose order as a u32 is that of the values, and its position; where one block is all, the position alone.
#include element

struct Parameters { count: u32, extent: u32, inner: u32 }
@group(0) @binding(0) var<storage, read> x: array<Element>;
#if LAST
@group(0) @binding(1) var<storage, read_write> order: array<i32>;
#else
@group(0) @binding(1) var<storage, read_write> pairs: array<vec2u>;
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
  let position = t - row * p.extent;
  // Rows lie along an axis with `inner` elements behind it.
  let first = row / p.inner * p.extent * p.inner + row % p.inner;
  let key = keyOf(x[first + position * p.inner]);
  let start = position / ${BLOCK}u * ${BLOCK}u;
  var place = start;
  for (var other = start; other < min(start + ${BLOCK}u, p.extent); other++) {
    let theirs = keyOf(x[first + other * p.inner]);
    place += select(0u, 1u, theirs < key || (theirs == key && other < position));
  }
#if LAST
  order[first + place * p.inner] = i32(position);
#else
  pairs[row * p.extent + place] = vec2u(key, position);
#end
}
