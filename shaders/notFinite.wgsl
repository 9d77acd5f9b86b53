// Counts the elements whose exponent bits are all ones and finds the first. On the bits, because WGSL may assume that no float is NaN
// or infinite, and a comparison that would tell may be compiled away.
struct Found { count: atomic<u32>, first: atomic<u32>, nans: atomic<u32>, length: u32, stride: u32 }
@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(1) var<storage, read_write> found: Found;

@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var i = id.x; i < found.length; i += found.stride) {
#if HALF
    let bits = (words[i >> 1u] >> (16u * (i & 1u))) & 0x7fffu;
    let limit = 0x7c00u;
#else
    let bits = words[i] & 0x7fffffffu;
    let limit = 0x7f800000u;
#end
    if (bits >= limit) {
      atomicAdd(&found.count, 1u);
      atomicMin(&found.first, i);
      if (bits > limit) { atomicAdd(&found.nans, 1u); }
    }
  }
}
