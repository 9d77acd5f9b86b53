// The adjoint of conv2d in its weight: x [batch, height, width, inputs], y [batch, outHeight, outWidth, outputs], of whose pixels a part sums up `share`. Four neighbouring channels at once where
// they are a texel.
#if QUADS
vec4 quad(int q, int part) {
  int channels = outputs >> 2;
  int row = q / channels;
  int channel = q - row * channels;
  vec4 sum = vec4(0.0);
#else
float single(int i, int part) {
  int channels = outputs;
  int row = i / channels;
  int channel = i - row * channels;
  float sum = 0.0;
#endif
  int depth = inputs / groups;
  int tap = row / depth;
#if QUADS
  int inChannel = row - tap * depth;
#else
  int inChannel = channel / (outputs / groups) * depth + row - tap * depth;
#endif
  int ky = tap / kernelWidth;
  int tapY = ky * dilationY - padTop;
  int tapX = (tap - ky * kernelWidth) * dilationX - padLeft;
  int end = min(pixels, (part + 1) * share);
  for (int pixel = part * share; pixel < end; pixel++) {
    int line = pixel / outWidth;
    int image = line / outHeight;
    int inY = (line - image * outHeight) * strideY + tapY;
    int inX = (pixel - line * outWidth) * strideX + tapX;
    if (inY < 0 || inY >= height || inX < 0 || inX >= width) { continue; }
    float x = left(((image * height + inY) * width + inX) * inputs + inChannel);
#if QUADS
    sum += x * rightQuad(pixel * channels + channel);
#else
    sum += x * right(pixel * channels + channel);
#endif
  }
  return sum;
}
