import type { Tensor } from "@clidim/tensor";
import * as T from "@clidim/tensor";
import type { Options } from "./options.js";

type Operation = (inputs: readonly Tensor[], options: Options) => Tensor | readonly Tensor[];

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

const unary =
  (f: Unary): Operation =>
  ([x]) =>
    f(x!);
const binary =
  (f: Binary): Operation =>
  ([a, b]) =>
    f(a!, b!);

const partsOf = ({ real, imag }: T.Complex): readonly Tensor[] => [real, imag];

/** Of a complex number, which the fixture has as two inputs, or of a real one. */
const complex =
  (f: (z: Tensor | T.Complex, options: Options) => T.Complex): Operation =>
  ([real, imag], options) =>
    partsOf(f(imag ? { real: real!, imag } : real!, options));

const extremesOf = ({ values, indices }: T.CumulativeExtremes): readonly Tensor[] => [values, indices];

/** Reductions take what is left of the options once the axis is gone. */
const reduction =
  (f: (x: Tensor, axis: number | undefined, options: object) => Tensor): Operation =>
  ([x], { axis, ...rest }) =>
    f(x!, axis, rest);

/** An operand, or the number that an option has in its place. */
const given = (x: Tensor | undefined, option: number): Tensor | number => x ?? option;

const convolution =
  (f: (x: Tensor, weight: Tensor, options: object) => Tensor): Operation =>
  ([x, weight], options) =>
    f(x!, weight!, options);

/** How each case of the fixture is computed here: by the name of the operation. */
export const operations: Readonly<Record<string, Operation>> = {
  abs: unary(T.abs),
  sign: unary(T.sign),
  floor: unary(T.floor),
  ceil: unary(T.ceil),
  trunc: unary(T.trunc),
  round: unary(T.round),
  neg: unary(T.neg),
  sqrt: unary(T.sqrt),
  rsqrt: unary(T.rsqrt),
  square: unary(T.square),
  reciprocal: unary(T.reciprocal),
  exp: unary(T.exp),
  exp2: unary(T.exp2),
  expm1: unary(T.expm1),
  log: unary(T.log),
  log2: unary(T.log2),
  log10: unary(T.log10),
  log1p: unary(T.log1p),
  sin: unary(T.sin),
  cos: unary(T.cos),
  tan: unary(T.tan),
  asin: unary(T.asin),
  acos: unary(T.acos),
  atan: unary(T.atan),
  sinh: unary(T.sinh),
  cosh: unary(T.cosh),
  tanh: unary(T.tanh),
  asinh: unary(T.asinh),
  acosh: unary(T.acosh),
  atanh: unary(T.atanh),
  erf: unary(T.erf),
  erfc: unary(T.erfc),
  erfinv: unary(T.erfinv),
  relu: unary(T.relu),
  relu6: unary(T.relu6),
  leakyRelu: ([x], { slope }) => T.leakyRelu(x!, slope),
  elu: ([x], { alpha }) => T.elu(x!, alpha),
  selu: unary(T.selu),
  sigmoid: unary(T.sigmoid),
  logSigmoid: unary(T.logSigmoid),
  hardSigmoid: unary(T.hardSigmoid),
  softplus: ([x], { alpha, value }) =>
    T.softplus(x!, alpha === undefined ? {} : { beta: alpha, threshold: Number(value) }),
  silu: unary(T.silu),
  mish: unary(T.mish),
  hardSwish: unary(T.hardSwish),
  gelu: ([x], options) => T.gelu(x!, options),
  glu: ([x], { axis }) => T.glu(x!, axis),
  nanToNum: unary(T.nanToNum),
  isnan: unary(T.isnan),
  isinf: unary(T.isinf),
  isfinite: unary(T.isfinite),
  cast: ([x], { dtype }) => T.cast(x!, dtype),

  add: binary(T.add),
  sub: binary(T.sub),
  mul: binary(T.mul),
  div: binary(T.div),
  rem: binary(T.rem),
  pow: ([a, b], { base, exponent }) => (base === undefined ? T.pow(a!, given(b, exponent)) : T.pow(base, a!)),
  logAddExp: binary(T.logAddExp),
  maximum: binary(T.maximum),
  minimum: binary(T.minimum),
  eq: binary(T.eq),
  ne: binary(T.ne),
  lt: binary(T.lt),
  le: binary(T.le),
  gt: binary(T.gt),
  ge: binary(T.ge),
  mod: binary(T.mod),
  floorDivide: binary(T.floorDivide),
  logicalAnd: binary(T.logicalAnd),
  logicalOr: binary(T.logicalOr),
  logicalXor: binary(T.logicalXor),
  logicalNot: unary(T.logicalNot),
  clip: ([x, bound], { low, high }) => T.clip(x!, given(bound, low), high),
  where: ([condition, a, b]) => T.where(condition!, a!, b!),
  and: binary(T.and),
  or: binary(T.or),
  xor: binary(T.xor),
  not: unary(T.not),
  shiftLeft: ([x], { by }) => T.shiftLeft(x!, by),
  shiftRight: ([x], { by }) => T.shiftRight(x!, by),

  sum: reduction(T.sum),
  mean: reduction(T.mean),
  max: reduction(T.max),
  min: reduction(T.min),
  prod: reduction(T.prod),
  variance: reduction(T.variance),
  std: reduction(T.std),
  any: reduction(T.any),
  all: reduction(T.all),
  argmax: reduction(T.argmax),
  argmin: reduction(T.argmin),
  softmax: ([x], { axis }) => T.softmax(x!, axis),
  logSoftmax: ([x], { axis }) => T.logSoftmax(x!, axis),
  logSumExp: reduction(T.logSumExp),
  cumsum: ([x], { axis }) => T.cumsum(x!, axis),
  cumprod: ([x], { axis }) => T.cumprod(x!, axis),
  cummax: ([x], { axis }) => extremesOf(T.cummax(x!, axis)),
  cummin: ([x], { axis }) => extremesOf(T.cummin(x!, axis)),
  diff: ([x], { axis, n }) => T.diff(x!, axis, n),
  takeAlongAxis: ([x, indices], { axis }) => T.takeAlongAxis(x!, indices!, axis),
  scatter: ([x, indices, updates], { axis, order, includeSelf }) =>
    includeSelf === undefined
      ? T.scatter(x!, T.slice(indices!, [0, 0], [1, 3]), updates!, axis, { mode: order })
      : T.scatter(x!, indices!, updates!, axis, { mode: order, includeSelf }),
  sort: ([x], { axis, ...order }) => T.sort(x!, axis, order),
  argsort: ([x], { axis, ...order }) => T.argsort(x!, axis, order),
  topK: ([x], { k, axis }) => {
    const { values, indices } = T.topK(x!, k, axis);
    return [values, indices];
  },

  reshape: ([x], { shape }) => T.reshape(x!, shape),
  broadcastTo: ([x], { shape }) => T.broadcastTo(x!, shape),
  transpose: ([x], { axes }) => T.transpose(x!, axes),
  moveAxis: ([x], { axes, start, stop }) =>
    axes ? T.moveAxis(x!, axes[0]!, axes[1]!) : T.moveAxis(x!, start, stop),
  swapAxes: ([x], { axes }) => T.swapAxes(x!, axes[0]!, axes[1]!),
  unstack: ([x], { axis }) => T.unstack(x!, axis),
  squeeze: ([x], { axis }) => T.squeeze(x!, axis),
  expandDims: ([x], { axis }) => T.expandDims(x!, axis),
  slice: ([x], { start, stop, step }) => T.slice(x!, start, stop, step),
  flip: ([x], { axes }) => T.flip(x!, axes),
  roll: ([x], { shift, axis, axes }) => T.roll(x!, shift, axis ?? axes),
  concat: (inputs, { axis }) => T.concat(inputs, axis),
  stack: (inputs, { axis }) => T.stack(inputs, axis),
  chunk: ([x], { count, axis }) => T.chunk(x!, count, axis),
  tile: ([x], { repeats }) => T.tile(x!, repeats),
  repeat: ([x], { count, axis }) => T.repeat(x!, count, axis),
  tril: ([x], { diagonal }) => T.tril(x!, diagonal),
  triu: ([x], { diagonal }) => T.triu(x!, diagonal),
  pad: ([x], { widths, mode }) => T.pad(x!, widths, mode),
  take: ([x, indices], { axis }) => T.take(x!, indices!, axis),
  scatterAdd: ([updates, indices], { axis, size }) => T.scatterAdd(updates!, indices!, axis, size),
  oneHot: ([indices], { depth }) => T.oneHot(indices!, depth),

  fft: complex(T.fft),
  ifft: complex(T.ifft),
  rfft: ([x], options) => partsOf(T.rfft(x!, options)),
  irfft: ([real, imag], options) => T.irfft({ real: real!, imag: imag! }, options),
  hfft: ([real, imag], options) => T.hfft({ real: real!, imag: imag! }, options),
  ihfft: ([x], options) => partsOf(T.ihfft(x!, options)),
  fft2: complex(T.fft2),
  rfft2: ([x], options) => partsOf(T.rfft2(x!, options)),
  irfft2: ([real, imag], options) => T.irfft2({ real: real!, imag: imag! }, options),
  fftn: complex(T.fftn),
  ifftn: complex(T.ifftn),
  rfftn: ([x], options) => partsOf(T.rfftn(x!, options)),
  irfftn: ([real, imag], options) => T.irfftn({ real: real!, imag: imag! }, options),
  fftshift: ([x], { axes }) => T.fftshift(x!, axes),
  ifftshift: ([x], { axes }) => T.ifftshift(x!, axes),
  hannWindow: (_, { n, periodic }) => T.hannWindow(n, { periodic }),
  hammingWindow: (_, { n, periodic }) => T.hammingWindow(n, { periodic }),
  blackmanWindow: (_, { n, periodic }) => T.blackmanWindow(n, { periodic }),
  nuttallWindow: (_, { n, periodic }) => T.nuttallWindow(n, { periodic }),
  bartlettWindow: (_, { n, periodic }) => T.bartlettWindow(n, { periodic }),
  cosineWindow: (_, { n, periodic }) => T.cosineWindow(n, { periodic }),
  generalHammingWindow: (_, { n, ...options }) => T.generalHammingWindow(n, options),
  kaiserWindow: (_, { n, ...options }) => T.kaiserWindow(n, options),
  gaussianWindow: (_, { n, ...options }) => T.gaussianWindow(n, options),
  exponentialWindow: (_, { n, ...options }) =>
    T.exponentialWindow(n, options as unknown as T.ExponentialWindowOptions),
  fftfreq: (_, { n, d }) => T.fftfreq(n, d),
  rfftfreq: (_, { n, d }) => T.rfftfreq(n, d),
  conj: complex((z) => T.conj(z)),
  complexMul: ([real, imag]) =>
    partsOf(T.complexMul({ real: real!, imag: imag! }, { real: imag!, imag: real! })),
  complexAbs: ([real, imag]) => T.complexAbs({ real: real!, imag: imag! }),
  angle: ([real, imag]) => T.angle(imag ? { real: real!, imag } : real!),
  atan2: binary(T.atan2),
  hypot: binary(T.hypot),
  sinc: unary(T.sinc),

  lgamma: unary(T.lgamma),
  digamma: unary(T.digamma),
  polygamma: ([x], { n }) => T.polygamma(n, x!),
  i0: unary(T.i0),
  i0e: unary(T.i0e),
  i1: unary(T.i1),
  i1e: unary(T.i1e),
  erfcx: unary(T.erfcx),
  ndtr: unary(T.ndtr),
  ndtri: unary(T.ndtri),
  logNdtr: unary(T.logNdtr),
  entr: unary(T.entr),
  logit: ([x], { eps }) => T.logit(x!, eps),
  xlogy: binary(T.xlogy),
  xlog1py: binary(T.xlog1py),
  signbit: unary(T.signbit),
  ldexp: ([x, n], { by }) => T.ldexp(x!, given(n, by)),
  frexp: ([x]) => {
    const { mantissa, exponent } = T.frexp(x!);
    return [mantissa, exponent];
  },
  gcd: binary(T.gcd),
  lcm: binary(T.lcm),
  mode: ([x], { axis, keepDims = false }) => T.mode(x!, axis, { keepDims }).values,
  renorm: ([x], { value, axis, high }) => T.renorm(x!, Number(value), axis, high),
  median: reduction(T.median),
  nanMedian: reduction(T.nanMedian),
  nanQuantile: ([x], { value, axis, between: interpolation, keepDims = false }) =>
    T.nanQuantile(x!, Number(value), axis, { keepDims, ...(interpolation && { interpolation }) }),
  nanMax: reduction(T.nanMax),
  nanMin: reduction(T.nanMin),
  countNonzero: reduction(T.countNonzero),
  lerp: ([a, b, weight], { value }) => T.lerp(a!, b!, given(weight, Number(value))),
  fmax: binary(T.fmax),
  fmin: binary(T.fmin),
  isclose: ([a, b], options) => T.isclose(a!, b!, options),
  allclose: ([a, b], options) => T.allclose(a!, b!, options),
  frac: unary(T.frac),
  deg2rad: unary(T.deg2rad),
  rad2deg: unary(T.rad2deg),
  softsign: unary(T.softsign),
  tanhShrink: unary(T.tanhShrink),
  logAddExp2: binary(T.logAddExp2),
  celu: ([x], { alpha }) => T.celu(x!, alpha),
  hardShrink: ([x], { alpha }) => T.hardShrink(x!, alpha),
  softShrink: ([x], { alpha }) => T.softShrink(x!, alpha),
  threshold: ([x], { low, value }) => T.threshold(x!, low, Number(value)),
  prelu: binary(T.prelu),
  normalize: ([x], { value, axis }) =>
    T.normalize(x!, {
      ...(value !== undefined && { ord: Number(value) }),
      ...(axis !== undefined && { axes: axis }),
    }),
  unfold: ([x], options) => T.unfold(x!, options as unknown as T.UnfoldOptions),
  fold: ([patches], options) => T.fold(patches!, options as unknown as T.FoldOptions),
  logspace: (_, { start, stop, count, base }) => T.logspace(start, stop, count, base),
  geomspace: (_, { start, stop, count }) => T.geomspace(start, stop, count),
  gradient: ([y, x], { value, axis, k }) =>
    T.gradient(y!, given(x, Number(value)), axis, { edgeOrder: k === 2 ? 2 : 1 }),
  blockDiag: (blocks) => T.blockDiag(blocks),
  j0: unary(T.j0),
  j1: unary(T.j1),
  y0: unary(T.y0),
  y1: unary(T.y1),
  k0: unary(T.k0),
  k0e: unary(T.k0e),
  k1: unary(T.k1),
  k1e: unary(T.k1e),
  gammainc: ([a, x], { value }) => (x ? T.gammainc(a!, x) : T.gammainc(Number(value), a!)),
  gammaincc: ([a, x], { value }) => (x ? T.gammaincc(a!, x) : T.gammaincc(Number(value), a!)),
  copysign: binary(T.copysign),
  heaviside: binary(T.heaviside),
  nanSum: reduction(T.nanSum),
  nanMean: reduction(T.nanMean),
  logCumSumExp: ([x], { axis }) => T.logCumSumExp(x!, axis),
  trapezoid: ([y, x], { value, axis }) => T.trapezoid(y!, given(x, Number(value)), axis),
  cumulativeTrapezoid: ([y, x], { value, axis }) => T.cumulativeTrapezoid(y!, given(x, Number(value)), axis),
  kthValue: ([x], { k, axis }) => {
    const { values, indices } = T.kthValue(x!, k, axis);
    return [values, indices];
  },
  bincount: ([x, weights], { size }) => T.bincount(x!, size, weights),
  isin: binary(T.isin),
  cross: ([a, b], { axis }) => T.cross(a!, b!, axis),
  tensordot: ([a, b], { count }) =>
    T.tensordot(
      a!,
      b!,
      count ?? [
        [2, 1],
        [1, 0],
      ],
    ),
  inner: binary(T.inner),
  vecdot: ([a, b], { axis }) => T.vecdot(a!, b!, axis),
  cdist: ([a, b], { value }) => T.cdist(a!, b!, Number(value)),
  cov: ([x]) => T.cov(x!),
  corrcoef: unary(T.corrcoef),
  vander: ([x], { n }) => T.vander(x!, n),
  rot90: ([x], { k, axes }) => T.rot90(x!, k, [axes[0]!, axes[1]!]),
  matrixExp: unary(T.matrixExp),

  frame: ([x], { length, hop }) => T.frame(x!, length, hop),
  stft: ([x, window], { n, hop, center, normalized }) =>
    partsOf(T.stft(x!, n, { hop, center, normalized, ...(window && { window }) })),
  istft: ([real, imag], { n, hop, length }) =>
    T.istft({ real: real!, imag: imag! }, n, {
      ...{ hop, window: T.hannWindow(n) },
      ...(length !== undefined && { length }),
    }),

  arange: (_, { start, stop, step }) => T.arange(start, stop, step),
  linspace: (_, { start, stop, count, dtype }) =>
    T.linspace(start, stop, count, dtype === "i32" ? "i32" : "f32"),
  eye: (_, { n }) => T.eye(n),
  full: (_, { shape, value }) => T.full(shape, Number(value)),

  matmul: binary(T.matmul),
  einsum: ([a, b], { equation }) => T.einsum(equation, a!, b!),
  conv1d: convolution(T.conv1d),
  conv2d: convolution(T.conv2d),
  conv3d: convolution(T.conv3d),
  convTranspose2d: convolution(T.convTranspose2d),
  maxPool2d: ([x], options) => T.maxPool2d(x!, options as Parameters<typeof T.maxPool2d>[1]),
  avgPool2d: ([x], options) => T.avgPool2d(x!, options as Parameters<typeof T.avgPool2d>[1]),
  adaptiveAvgPool1d: ([x], { size }) => T.adaptiveAvgPool1d(x!, size),
  resizeNearest: ([x], { size }) => T.resizeNearest(x!, size),
  resizeBilinear: ([x], { size }) => T.resizeBilinear(x!, size),
  gridSample: ([x, grid], options) => T.gridSample(x!, grid!, options as unknown as T.GridSampleOptions),
  sampleBilinear: ([x, points], { padding }) =>
    T.sampleBilinear(x!, points!, { padding: padding === "border" ? "border" : "zero" }),
};
