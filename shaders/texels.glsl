// Values are rows of texels, four elements each: texel q lies in a row of 1 << shift.
uvec4 texelAt(usampler2D values, int shift, int q) {
  return texelFetch(values, ivec2(q & ((1 << shift) - 1), q >> shift), 0);
}

uint elementAt(usampler2D values, int shift, int i) { return texelAt(values, shift, i >> 2)[i & 3]; }
