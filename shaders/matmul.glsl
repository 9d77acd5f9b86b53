// a [batch, rows, depth] times b [batch, depth, columns], of which a part sums up `share` terms. Four neighbouring columns at once where they are a texel.
#if QUADS
vec4 quad(int q, int part) {
  int width = columns >> 2;
  int row = q / width;
  int first = row / rows * depth * width + q - row * width;
  int end = min(depth, (part + 1) * share);
  vec4 sum = vec4(0.0);
#if DEPTH_QUADS
  int line = row * (depth >> 2);
  for (int k = part * (share >> 2); k < end >> 2; k++) {
    vec4 x = leftQuad(line + k);
    int at = first + 4 * k * width;
    sum += x.x * rightQuad(at) + x.y * rightQuad(at + width) + x.z * rightQuad(at + 2 * width) + x.w * rightQuad(at + 3 * width);
  }
#else
  for (int k = part * share; k < end; k++) { sum += left(row * depth + k) * rightQuad(first + k * width); }
#endif
  return sum;
}
#else
float single(int i, int part) {
  int row = i / columns;
  int first = row / rows * depth * columns + i - row * columns;
  int end = min(depth, (part + 1) * share);
  float sum = 0.0;
  for (int k = part * share; k < end; k++) { sum += left(row * depth + k) * right(first + k * columns); }
  return sum;
}
#endif
