// The adjoint of conv2d in x: y [batch, outHeight, outWidth, outputs], weight [kernelHeight, kernelWidth, inputs / groups, outputs]. Four neighbouring channels at once where they are a texel.
#if QUADS
vec4 quad(int q, int part) {
  int i = 4 * q;
#else
float single(int i, int part) {
#endif
  int pixel = i / inputs;
  int channel = i - pixel * inputs;
  int line = pixel / width;
  int image = line / height;
  int depth = inputs / groups;
  int group = channel / depth;
  channel -= group * depth;
  int perGroup = outputs / groups;
  int startY = line - image * height + padTop;
  int startX = pixel - line * width + padLeft;
#if QUADS
  vec4 sum = vec4(0.0);
#else
  float sum = 0.0;
#endif
  for (int ky = 0; ky < kernelHeight; ky++) {
    int scaledY = startY - ky * dilationY;
    int outY = scaledY / strideY;
    if (scaledY < 0 || outY >= outHeight || outY * strideY != scaledY) { continue; }
    for (int kx = 0; kx < kernelWidth; kx++) {
      int scaledX = startX - kx * dilationX;
      int outX = scaledX / strideX;
      if (scaledX < 0 || outX >= outWidth || outX * strideX != scaledX) { continue; }
      int start = ((image * outHeight + outY) * outWidth + outX) * outputs + group * perGroup;
      int at = ((ky * kernelWidth + kx) * depth + channel) * outputs + group * perGroup;
#if QUADS
      int step = outputs >> 2;
      for (int c = 0; c < step; c++) {
        vec4 y = leftQuad((start >> 2) + c);
        int w = (at >> 2) + c;
        sum += vec4(dot(y, rightQuad(w)), dot(y, rightQuad(w + step)), dot(y, rightQuad(w + 2 * step)), dot(y, rightQuad(w + 3 * step)));
      }
#elif DEPTH_QUADS
      for (int c = 0; c < perGroup; c += 4) { sum += dot(leftQuad((start + c) >> 2), rightQuad((at + c) >> 2)); }
#else
      for (int c = 0; c < perGroup; c++) { sum += left(start + c) * right(at + c); }
#endif
    }
  }
  return sum;
}
