/**
 * The convolutions of CLIDiM's two networks, as plain data.
 *
 * @typedef {object} Layer
 * @property {string} name d1 ... dN, uN ... u1 in the generator, c1 ... c5 in the discriminator
 * @property {boolean} transposed
 * @property {1 | 2} stride
 * @property {number} cin
 * @property {number} cout
 * @property {number} hin side of the square input
 * @property {number} hout side of the square output
 * @property {boolean} norm followed by a batch norm
 * @property {boolean} bias
 */

const kernel = 4;

/** The U-Net: `downs` halvings, ngf channels at the outermost level, doubled inwards up to 8 ngf. @returns {Layer[]} */
export function generatorLayers({ downs, ngf }, size) {
  const width = (level) => ngf * Math.min(2 ** (level - 1), 8);
  const levels = Array.from({ length: downs }, (_, i) => i + 1);
  const down = levels.map((level) => ({
    name: `d${level}`,
    transposed: false,
    stride: 2,
    cin: level === 1 ? 1 : width(level - 1),
    cout: width(level),
    hin: size / 2 ** (level - 1),
    hout: size / 2 ** level,
    norm: level > 1 && level < downs,
    bias: false,
  }));
  const up = levels.toReversed().map((level) => ({
    name: `u${level}`,
    transposed: true,
    stride: 2,
    cin: level === downs ? width(level) : 2 * width(level),
    cout: level === 1 ? 1 : width(level - 1),
    hin: size / 2 ** level,
    hout: size / 2 ** (level - 1),
    norm: level > 1,
    bias: level === 1,
  }));
  return [...down, ...up];
}

/** The PatchGAN: three convolutions of stride 2, two of stride 1. @returns {Layer[]} */
export function discriminatorLayers({ ndf }, size) {
  const widths = [2, ndf, 2 * ndf, 4 * ndf, 8 * ndf, 1];
  let hin = size;
  return widths.slice(1).map((cout, i) => {
    const stride = i < 3 ? 2 : 1;
    const hout = Math.floor((hin + 2 - kernel) / stride) + 1;
    const norm = i > 0 && i < 4;
    const layer = { name: `c${i + 1}`, transposed: false, stride, cin: widths[i], cout, hin, hout, norm };
    hin = hout;
    return { ...layer, bias: !norm };
  });
}

/** The layer of that name in either network. */
export function layerNamed(configuration, name) {
  const { crop } = configuration;
  const layers = [...generatorLayers(configuration, crop), ...discriminatorLayers(configuration, crop)];
  return layers.find((layer) => layer.name === name);
}
