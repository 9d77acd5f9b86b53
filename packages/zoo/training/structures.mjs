// Scenes of fluorescence microscopy that the models of the zoo are trained on: densities of light from 0 to about 1.
import { counterRandom, gaussianBlur, percentile } from "@clidim/imaging";

/** Kinds of structures, as a scene may have one or two of. */
export const kinds = ["filaments", "nuclei", "membranes", "puncta", "texture"];

const logUniform = (random, low, high) => low * (high / low) ** random.uniform();

/** Adds light at a point between pixels, shared bilinearly. */
function splat({ size, data }, x, y, light) {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  if (x0 < 0 || y0 < 0 || x0 + 1 >= size || y0 + 1 >= size) return;
  const [fx, fy] = [x - x0, y - y0];
  const at = y0 * size + x0;
  data[at] += light * (1 - fx) * (1 - fy);
  data[at + 1] += light * fx * (1 - fy);
  data[at + size] += light * (1 - fx) * fy;
  data[at + size + 1] += light * fx * fy;
}

/** Paths whose curvature drifts, as stiff and soft polymers bend; a scene has them of one thickness, straighter or more curved. */
function filaments(canvas, random) {
  const { size } = canvas;
  const count = Math.round((size * size) / logUniform(random, 500, 8000));
  const bend = logUniform(random, 0.003, 0.06);
  const longest = logUniform(random, 20, 400);
  for (let i = 0; i < count; i++) {
    const step = 0.5;
    const length = longest * (0.3 + 0.7 * random.uniform());
    const light = step * (0.4 + 0.8 * random.uniform());
    let [x, y] = [random.uniform() * size, random.uniform() * size];
    let angle = 2 * Math.PI * random.uniform();
    let curvature = bend * random.normal();
    let label = 1;
    for (let travelled = 0; travelled < length; travelled += step) {
      label += 0.05 * (1 - label) + 0.08 * random.normal();
      splat(canvas, x, y, light * Math.max(0.2, label));
      curvature += -0.02 * curvature * step + 0.3 * bend * Math.sqrt(step) * random.normal();
      angle += curvature * step;
      x += step * Math.cos(angle);
      y += step * Math.sin(angle);
    }
  }
  return logUniform(random, 0.3, 2.2);
}

/** White noise blurred by so many pixels, standard deviation 1. */
function mottle(size, sigma, random) {
  const white = {
    width: size,
    height: size,
    data: Float64Array.from({ length: size * size }, random.normal),
  };
  const { data } = gaussianBlur(white, sigma);
  const deviation = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  return data.map((value) => value / deviation);
}

/** Blobs with wavy outlines, mottled, some with a bright rim. */
function nuclei(canvas, random) {
  const { size, data } = canvas;
  const mean = logUniform(random, 8, 45);
  const count = Math.max(1, Math.round((size * size) / (mean * mean * (5 + 12 * random.uniform()))));
  const texture = mottle(size, logUniform(random, 0.8, 6), random);
  const contrast = 0.5 * random.uniform();
  const rim = random.uniform() < 0.4 ? 0.8 * random.uniform() : 0;
  for (let i = 0; i < count; i++) {
    const [cx, cy] = [random.uniform() * size, random.uniform() * size];
    const radius = mean * (0.7 + 0.6 * random.uniform());
    const squeeze = 0.6 + 0.4 * random.uniform();
    const turn = Math.PI * random.uniform();
    const waves = [2, 3, 4].map((k) => ({
      k,
      a: (0.12 / k) * random.normal(),
      p: 2 * Math.PI * random.uniform(),
    }));
    const light = 0.4 + 0.9 * random.uniform();
    const reach = Math.ceil(1.5 * radius);
    for (let y = Math.max(0, Math.floor(cy - reach)); y < Math.min(size, cy + reach); y++) {
      for (let x = Math.max(0, Math.floor(cx - reach)); x < Math.min(size, cx + reach); x++) {
        const u = (x - cx) * Math.cos(turn) + (y - cy) * Math.sin(turn);
        const v = (-(x - cx) * Math.sin(turn) + (y - cy) * Math.cos(turn)) / squeeze;
        const angle = Math.atan2(v, u);
        const edge = radius * (1 + waves.reduce((sum, { k, a, p }) => sum + a * Math.cos(k * angle + p), 0));
        const depth = edge - Math.hypot(u, v);
        if (depth <= -0.5) continue;
        const inside = Math.min(1, depth + 0.5) * light;
        const mottled = Math.max(0.1, 1 + contrast * texture[y * size + x]);
        data[y * size + x] += inside * (mottled + rim * Math.exp(-0.5 * ((depth - 1.5) / 1.2) ** 2));
      }
    }
  }
  return 0;
}

/** Borders of cells: pixels that are about as far from one of the random centres as from another. */
function membranes(canvas, random) {
  const { size, data } = canvas;
  const pitch = logUniform(random, 12, 60);
  const centres = Array.from({ length: Math.ceil((size / pitch + 2) ** 2) }, () => ({
    x: (1.4 * random.uniform() - 0.2) * size,
    y: (1.4 * random.uniform() - 0.2) * size,
    light: 0.3 + random.uniform(),
  }));
  const [wavyX, wavyY] = [mottle(size, 0.3 * pitch, random), mottle(size, 0.3 * pitch, random)];
  const wave = 0.1 * pitch * random.uniform();
  const width = logUniform(random, 0.5, 2);
  const inside = random.uniform() < 0.5 ? 0.3 * random.uniform() : 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = y * size + x;
      const [px, py] = [x + wave * wavyX[at], y + wave * wavyY[at]];
      let [first, second] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      let nearest = centres[0];
      for (const centre of centres) {
        const square = (px - centre.x) ** 2 + (py - centre.y) ** 2;
        if (square < first) {
          second = first;
          first = square;
          nearest = centre;
        } else if (square < second) second = square;
      }
      const between = Math.sqrt(second) - Math.sqrt(first);
      data[at] += Math.exp(-0.5 * (between / (2 * width)) ** 2) + inside * nearest.light;
    }
  }
  return 0;
}

/** Points of lognormal brightness, of one size or nearly. */
function puncta(canvas, random) {
  const { size } = canvas;
  const count = Math.round((size * size) / logUniform(random, 60, 3000));
  const spread = 1.2 * random.uniform();
  for (let i = 0; i < count; i++) {
    splat(canvas, random.uniform() * size, random.uniform() * size, Math.exp(spread * random.normal()));
  }
  return logUniform(random, 0.3, 3);
}

/** Patches of light at several scales, as cytoplasm and tissue have them. */
function texture(canvas, random) {
  const { size, data } = canvas;
  const coarse = logUniform(random, 4, 30);
  const scales = [coarse, coarse / 2, coarse / 4].map((sigma) => mottle(size, sigma, random));
  const slope = 0.3 + 0.7 * random.uniform();
  const cut = random.normal();
  for (let i = 0; i < data.length; i++) {
    const value = scales.reduce((sum, scale, k) => sum + scale[i] * slope ** k, 0);
    data[i] += Math.max(0, value + cut);
  }
  return 0.5 * random.uniform();
}

const draw = { filaments, nuclei, membranes, puncta, texture };

/** One field of view through a microscope, size x size, from about the background to 1: what it shows, the point spread function, the haze and the background are drawn by seed and number. */
export function drawScene(seed, number, size, kind = kinds[number % kinds.length]) {
  const random = counterRandom(seed, number, 0);
  const area = size * size;
  const scene = new Float64Array(area);
  const second = random.uniform() < 0.4 ? [kinds[random.integer(kinds.length)]] : [];
  for (const one of [kind, ...second]) {
    const canvas = { size, data: new Float64Array(area) };
    const thickness = draw[one](canvas, random);
    const { data } = gaussianBlur({ width: size, height: size, data: canvas.data }, thickness);
    const bright = percentile([{ data }], 99.9) || 1;
    const share = one === kind ? 1 : 0.2 + 0.8 * random.uniform();
    for (let i = 0; i < area; i++) scene[i] += (share * data[i]) / bright;
  }
  const sharp = { width: size, height: size, data: scene };
  const focus = gaussianBlur(sharp, logUniform(random, 0.7, 2.2)).data;
  const haze = gaussianBlur(sharp, 8 + 20 * random.uniform()).data;
  const hazy = 0.5 * random.uniform() ** 2;
  for (let i = 0; i < area; i++) focus[i] += hazy * haze[i];
  const bright = percentile([{ data: focus }], 99.9) || 1;
  const background = logUniform(random, 0.01, 0.5);
  return focus.map((value) => background + ((1 - background) * value) / bright);
}

/** Most of the pixels of a capture that may be at an end of the camera's range: a black level is chosen so that hardly any are. */
const MOST_CLIPPED = 0.01;
/** A camera that no draw helps is a mistake. */
const MOST_DRAWS = 100;

/**
 * A capture of a scene by a camera, in uint16, and its expectation: photons, read noise, gain and black level are drawn, unless `camera` says what they are, and drawn again where more than a hundredth of the pixels is clipped. Noise whose half is cut off has
 * another mean and variance than any camera's.
 */
export function capture(seed, number, density, camera = {}) {
  for (let draw = 1; draw <= MOST_DRAWS; draw++) {
    const taken = captureOnce(counterRandom(seed, number, draw), density, camera);
    const clipped = taken.noisy.reduce((sum, value) => sum + (value === 0 || value === WHITE), 0);
    if (clipped <= MOST_CLIPPED * density.length) return taken;
  }
  throw new Error(
    `capture: of ${MOST_DRAWS} cameras with ${JSON.stringify(camera)} all clip more than ${100 * MOST_CLIPPED} % of the pixels; give a higher black level, or less read noise and gain`,
  );
}

const WHITE = 65_535;

function captureOnce(random, density, camera) {
  const drawn = {
    photons: logUniform(random, 3, 1000),
    readNoise: 4 * random.uniform() ** 2,
    gain: logUniform(random, 0.3, 20),
    black: Math.round(logUniform(random, 20, 1000)),
  };
  const { photons, readNoise, gain, black } = { ...drawn, ...camera };
  // Its brightest pixels fit into 16 bits.
  const grey = Math.min(gain, 60_000 / (1.5 * photons + 50));
  const clean = Float32Array.from(density, (value) => black + grey * photons * value);
  const noisy = Uint16Array.from(density, (value) => {
    const electrons = random.poisson(photons * value) + readNoise * random.normal();
    return Math.min(WHITE, Math.max(0, Math.round(black + grey * electrons)));
  });
  return { noisy, clean };
}
