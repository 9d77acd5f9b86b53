// x [batch, height, width, inputs], weight [kernelHeight, kernelWidth, inputs / groups, outputs]. Four neighbouring channels at once where they are a texel.
#if QUADS
vec4 quad(int q, int part) {
  int channels = outputs >> 2;
  int pixel = q / channels;
  int channel = q - pixel * channels;
#else
float single(int i, int part) {
  int pixel = i / outputs;
  int channel = i - pixel * outputs;
#endif
  int line = pixel / outWidth;
  int image = line / outHeight;
  int depth = inputs / groups;
  int startY = (line - image * outHeight) * strideY - padTop;
  int startX = (pixel - line * outWidth) * strideX - padLeft;
#if QUADS
  vec4 sum = vec4(0.0);
#else
  int firstInput = channel / (outputs / groups) * depth;
  float sum = 0.0;
#endif
  for (int ky = 0; ky < kernelHeight; ky++) {
    int inY = startY + ky * dilationY;
    if (inY < 0 || inY >= height) { continue; }
    for (int kx = 0; kx < kernelWidth; kx++) {
      int inX = startX + kx * dilationX;
      if (inX < 0 || inX >= width) { continue; }
      int start = ((image * height + inY) * width + inX) * inputs;
      int tap = (ky * kernelWidth + kx) * depth;
#if QUADS && DEPTH_QUADS
      for (int c = 0; c < depth; c += 4) {
        vec4 x = leftQuad((start + c) >> 2);
        int at = (tap + c) * channels + channel;
        sum += x.x * rightQuad(at) + x.y * rightQuad(at + channels) + x.z * rightQuad(at + 2 * channels) + x.w * rightQuad(at + 3 * channels);
      }
#elif QUADS
      for (int c = 0; c < depth; c++) { sum += left(start + c) * rightQuad((tap + c) * channels + channel); }
#elif DEPTH_QUADS
      for (int c = 0; c < depth; c += 4) { sum += dot(leftQuad((start + c) >> 2), rightQuad((tap + c) >> 2)); }
#else
      for (int c = 0; c < depth; c++) { sum += left(start + firstInput + c) * right((tap + c) * outputs + channel); }
#endif
    }
  }
  return sum;
}
