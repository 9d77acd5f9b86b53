/** The released code's contrastive loss in plain float64 loops, to compare the graph with. Images are [N][H][W][C], flat, row-major. */

export interface PlainImage {
  readonly data: Float64Array;
  readonly batch: number;
  readonly size: number;
  readonly channels: number;
}

/** Random numbers in [0, 1) that one view is made with. */
export interface ViewDraws {
  /** One per image. */
  readonly mirror: Float64Array;
  readonly blur: number;
  /** Ten per image. */
  readonly area: Float64Array;
  readonly ratio: Float64Array;
  /** One per image. */
  readonly top: Float64Array;
  readonly left: Float64Array;
}

const at = ({ data, size, channels }: PlainImage, n: number, y: number, x: number, c: number): number =>
  data[((n * size + y) * size + x) * channels + c]!;

const build = (
  { batch, size, channels }: PlainImage,
  value: (n: number, y: number, x: number, c: number) => number,
): PlainImage => {
  const data = new Float64Array(batch * size * size * channels);
  let i = 0;
  for (let n = 0; n < batch; n++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) for (let c = 0; c < channels; c++) data[i++] = value(n, y, x, c);
  return { data, batch, size, channels };
};

/** Halves go to the even neighbour. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** Mirrored, blurred, a rectangle enlarged. */
export function plainView(image: PlainImage, draws: ViewDraws): PlainImage {
  const { size } = image;
  const mirrored = build(image, (n, y, x, c) =>
    at(image, n, y, draws.mirror[n]! < 0.5 ? size - 1 - x : x, c),
  );

  const side = Math.exp(-1 / (2 * 1.5 ** 2));
  const taps = [side, 1, side].map((tap) => tap / (1 + 2 * side));
  const reflect = (i: number): number => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i);
  const blurred = build(mirrored, (n, y, x, c) => {
    let sum = 0;
    for (let i = -1; i <= 1; i++)
      for (let j = -1; j <= 1; j++)
        sum += taps[i + 1]! * taps[j + 1]! * at(mirrored, n, reflect(y + i), reflect(x + j), c);
    return sum;
  });
  const source = draws.blur < 0.1 ? blurred : mirrored;

  const rectangles = Array.from({ length: image.batch }, (_, n) => {
    for (let trial = 0; trial < 10; trial++) {
      const area = (0.08 + 0.92 * draws.area[10 * n + trial]!) * size * size;
      const [low, high] = [Math.log(3 / 4), Math.log(4 / 3)];
      const ratio = Math.exp(low + (high - low) * draws.ratio[10 * n + trial]!);
      const [width, height] = [
        roundHalfEven(Math.sqrt(area * ratio)),
        roundHalfEven(Math.sqrt(area / ratio)),
      ];
      if (width > 0 && width < size && height > 0 && height < size) {
        const top = Math.floor(draws.top[n]! * (size - height + 1));
        const left = Math.floor(draws.left[n]! * (size - width + 1));
        return { top, left, height, width };
      }
    }
    throw new Error("no trial fits");
  });
  return build(source, (n, y, x, c) => {
    const { top, left, height, width } = rectangles[n]!;
    const [py, px] = [top + (y * (height - 1)) / (size - 1), left + (x * (width - 1)) / (size - 1)];
    const [y0, x0] = [Math.min(Math.floor(py), size - 2), Math.min(Math.floor(px), size - 2)];
    const [fy, fx] = [py - y0, px - x0];
    return (
      (1 - fy) * ((1 - fx) * at(source, n, y0, x0, c) + fx * at(source, n, y0, x0 + 1, c)) +
      fy * ((1 - fx) * at(source, n, y0 + 1, x0, c) + fx * at(source, n, y0 + 1, x0 + 1, c))
    );
  });
}

export type Weights = Readonly<Record<string, Float64Array>>;

/** A 4 x 4 convolution with padding 1; weight [4][4][in][out]. */
function convolve(
  x: PlainImage,
  weight: Float64Array,
  bias: Float64Array | undefined,
  stride: number,
): PlainImage {
  const out = weight.length / (16 * x.channels);
  const size = Math.floor((x.size - 2) / stride) + 1;
  return build({ data: x.data, batch: x.batch, size, channels: out }, (n, y, column, o) => {
    let sum = bias?.[o] ?? 0;
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        const [sy, sx] = [stride * y - 1 + i, stride * column - 1 + j];
        if (sy < 0 || sy >= x.size || sx < 0 || sx >= x.size) continue;
        for (let c = 0; c < x.channels; c++)
          sum += weight[((i * 4 + j) * x.channels + c) * out + o]! * at(x, n, sy, sx, c);
      }
    }
    return sum;
  });
}

/** Batch statistics per channel: mean, biased variance, number of values. */
export interface Moments {
  readonly mean: number[];
  readonly variance: number[];
  readonly count: number;
}

/** The discriminator with batch statistics: its logits, image by image, and the statistics of its three norms. */
export function plainDiscriminator(x: PlainImage, w: Weights): { logits: number[][]; moments: Moments[] } {
  const leaky = (image: PlainImage): PlainImage =>
    build(image, (n, y, column, c) => {
      const value = at(image, n, y, column, c);
      return value > 0 ? value : 0.2 * value;
    });
  const moments: Moments[] = [];
  let h = leaky(convolve(x, w["conv1.weight"]!, w["conv1.bias"], 2));
  for (const layer of [2, 3, 4]) {
    h = convolve(h, w[`conv${layer}.weight`]!, undefined, layer === 4 ? 1 : 2);
    const count = h.batch * h.size * h.size;
    const [mean, variance] = [new Array<number>(h.channels).fill(0), new Array<number>(h.channels).fill(0)];
    h.data.forEach((value, i) => {
      mean[i % h.channels]! += value / count;
    });
    h.data.forEach((value, i) => {
      variance[i % h.channels]! += (value - mean[i % h.channels]!) ** 2 / count;
    });
    moments.push({ mean, variance, count });
    const [scale, shift, before] = [w[`norm${layer}.weight`]!, w[`norm${layer}.bias`]!, h];
    h = leaky(
      build(
        before,
        (n, y, column, c) =>
          (scale[c]! * (at(before, n, y, column, c) - mean[c]!)) / Math.sqrt(variance[c]! + 1e-5) + shift[c]!,
      ),
    );
  }
  h = convolve(h, w["conv5.weight"]!, w["conv5.bias"], 1);
  const length = h.size * h.size;
  const logits = Array.from({ length: h.batch }, (_, n) => [...h.data.slice(n * length, (n + 1) * length)]);
  return { logits, moments };
}

/** x W for W [in][out]. */
const product = (x: readonly number[], weight: Float64Array): number[] => {
  const out = weight.length / x.length;
  return Array.from({ length: out }, (_, o) => x.reduce((sum, v, i) => sum + v * weight[i * out + o]!, 0));
};

/** Linear, leakyRelu(0.01), linear, without biases. */
export const plainHead = (x: readonly number[], hidden: Float64Array, output: Float64Array): number[] =>
  product(
    product(x, hidden).map((v) => (v > 0 ? v : 0.01 * v)),
    output,
  );

/** Cross-entropy of Q K^T, less its row maximum, over 0.1, against the diagonal. */
export function plainInfoNce(queries: readonly number[][], keys: readonly number[][]): number {
  const losses = queries.map((query, i) => {
    const logits = keys.map((k) => query.reduce((sum, v, d) => sum + v * k[d]!, 0));
    const largest = Math.max(...logits);
    const scaled = logits.map((v) => (v - largest) / 0.1);
    return Math.log(scaled.reduce((sum, v) => sum + Math.exp(v), 0)) - scaled[i]!;
  });
  return losses.reduce((sum, v) => sum + v, 0) / losses.length;
}
