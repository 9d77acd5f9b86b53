// Declarations shared by the software contractions: result[row, column] = sum over k of a(row, k) * b(k, column).
// A workgroup is one subgroup of 8 invocations. Each invocation owns ${VECTORS} rows, 8 apart, and ${COLUMNS} columns of
// the tile; what all of them need (b) is loaded once, a texel per invocation, and broadcast from constant lanes. There is no
// barrier and no workgroup memory: both are slow on a CPU.

// Far beyond any texture: a load from there is 0.
const outside = 0x70000000u;

// Values lie in textures as a flat row-major sequence of texels, 2^shift of them per row.
fn loadA(texel: u32) -> vec4f {
  return textureLoad(a, vec2u(texel & ((1u << p.shiftA) - 1u), texel >> p.shiftA));
}

fn loadB(texel: u32) -> vec4f {
  return textureLoad(b, vec2u(texel & ((1u << p.shiftB) - 1u), texel >> p.shiftB));
}

#include divide
