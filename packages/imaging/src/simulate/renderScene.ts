import { counterRandom, type RandomStream } from "../image/counterRandom.js";
import type { Plane } from "../image/image.js";
import { percentile } from "../image/percentile.js";
import { gaussianBlur } from "../noise/gaussianBlur.js";

/** A canvas of fluorophore density: what the sample would look like through a perfect microscope. */
interface Canvas {
  readonly size: number;
  readonly density: Float64Array;
}

/** Standard deviation of the in-focus point spread function, pixels: about what Nyquist sampling of an objective gives. */
const PSF_SIGMA = 0.8;
/** Blur and share of the light from above and below the focal plane. */
const HAZE_SIGMA = 14;
const HAZE_SHARE = 0.18;
/** Even background, relative to the bright structures. */
const BACKGROUND = 0.04;

/**
 * Draws one field of view: nuclei with sharp rims and a mottled inside, thin curved filaments over and between them, and a
 * few vesicles, seen through a Gaussian point spread function and a haze of out-of-focus light. `size x size` pixels,
 * scaled so that percentile 99.9 is about 1. The same `(seed, scene)` gives the same picture.
 * Flat regions, sharp edges and lines of about one pixel together are what a plain blur cannot serve.
 */
export function renderScene(
  seed: number,
  scene: number,
  size: number,
): Plane & { readonly data: Float64Array } {
  const canvas: Canvas = { size, density: new Float64Array(size * size) };
  const area = size * size;
  const random = counterRandom(seed, scene, 0);
  const nuclei = Math.max(1, Math.round(area / 7000));
  const centres: { x: number; y: number; radius: number }[] = [];
  for (let tries = 0; centres.length < nuclei && tries < 50 * nuclei; tries++) {
    const nucleus = {
      x: random.uniform() * size,
      y: random.uniform() * size,
      radius: 16 + 14 * random.uniform(),
    };
    const apart = ({ x, y, radius }: { x: number; y: number; radius: number }): boolean =>
      Math.hypot(x - nucleus.x, y - nucleus.y) > 1.05 * (radius + nucleus.radius);
    if (!centres.every(apart)) continue;
    centres.push(nucleus);
    drawNucleus(canvas, nucleus, random);
  }
  for (let i = Math.round(area / 2000); i > 0; i--) drawFilament(canvas, random);
  for (let i = Math.round(area / 1500); i > 0; i--) {
    splat(canvas, random.uniform() * size, random.uniform() * size, 2 + 3 * random.uniform());
  }

  const sharp: Plane = { width: size, height: size, data: canvas.density };
  const focus = gaussianBlur(sharp, PSF_SIGMA);
  const haze = gaussianBlur(sharp, HAZE_SIGMA);
  for (let i = 0; i < area; i++) focus.data[i]! += (HAZE_SHARE / (1 - HAZE_SHARE)) * haze.data[i]!;
  const bright = percentile([focus], 99.9);
  for (let i = 0; i < area; i++) focus.data[i] = BACKGROUND + ((1 - BACKGROUND) * focus.data[i]!) / bright;
  return focus;
}

/** Adds light at a point between pixels, shared bilinearly (the point spread function comes later). */
function splat({ size, density }: Canvas, x: number, y: number, light: number): void {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const fx = x - x0;
  const fy = y - y0;
  if (x0 < 0 || y0 < 0 || x0 + 1 >= size || y0 + 1 >= size) return;
  const at = y0 * size + x0;
  density[at]! += light * (1 - fx) * (1 - fy);
  density[at + 1]! += light * fx * (1 - fy);
  density[at + size]! += light * (1 - fx) * fy;
  density[at + size + 1]! += light * fx * fy;
}

/** A path whose curvature drifts as an Ornstein-Uhlenbeck process, as stiff polymers bend; labelled a little unevenly. */
function drawFilament(canvas: Canvas, random: RandomStream): void {
  const { size } = canvas;
  const step = 0.5;
  const length = 60 + 140 * random.uniform();
  const light = step * (0.9 + 0.5 * random.uniform());
  let x = random.uniform() * size;
  let y = random.uniform() * size;
  let angle = 2 * Math.PI * random.uniform();
  let curvature = 0.02 * random.normal();
  let label = 1;
  for (let travelled = 0; travelled < length; travelled += step) {
    label += 0.05 * (1 - label) + 0.06 * random.normal();
    splat(canvas, x, y, light * Math.max(0.3, label));
    curvature += 0.02 * -curvature * step + 0.006 * Math.sqrt(step) * random.normal();
    angle += curvature * step;
    x += step * Math.cos(angle);
    y += step * Math.sin(angle);
  }
}

/** An ellipse with a bright rim, a mottled inside and a few bright foci and dark nucleoli. */
function drawNucleus(
  { size, density }: Canvas,
  { x, y, radius }: { x: number; y: number; radius: number },
  random: RandomStream,
): void {
  const a = radius;
  const b = radius * (0.65 + 0.3 * random.uniform());
  const turn = Math.PI * random.uniform();
  const brightness = 0.8 + 0.5 * random.uniform();
  const spots = Array.from({ length: 14 }, (_, i) => {
    const r = Math.sqrt(random.uniform()) * 0.85;
    const phi = 2 * Math.PI * random.uniform();
    const nucleolus = i < 3;
    return {
      u: a * r * Math.cos(phi),
      v: b * r * Math.sin(phi),
      sigma: nucleolus ? 2.5 + random.uniform() : 0.8 + 1.4 * random.uniform(),
      height: nucleolus ? -0.45 : 0.15 + 0.3 * random.uniform(),
    };
  });
  const reach = Math.ceil(radius) + 2;
  const [x0, y0] = [Math.max(0, Math.floor(x) - reach), Math.max(0, Math.floor(y) - reach)];
  const [x1, y1] = [Math.min(size - 1, Math.ceil(x) + reach), Math.min(size - 1, Math.ceil(y) + reach)];
  for (let py = y0; py <= y1; py++) {
    for (let px = x0; px <= x1; px++) {
      const u = (px - x) * Math.cos(turn) + (py - y) * Math.sin(turn);
      const v = -(px - x) * Math.sin(turn) + (py - y) * Math.cos(turn);
      // Distance to the rim in pixels to first order, positive inside: f / |grad f| of f = 1 - |(u/a, v/b)|.
      const q = Math.hypot(u / a, v / b) || 1e-9;
      const depth = ((1 - q) * q) / Math.hypot(u / (a * a), v / (b * b));
      const inside = Math.min(1, Math.max(0, depth + 0.5));
      if (inside === 0) continue;
      let texture = 0.6 + 0.3 * Math.exp(-0.5 * ((depth - 1) / 0.8) ** 2);
      for (const spot of spots) {
        const d2 = (u - spot.u) ** 2 + (v - spot.v) ** 2;
        if (d2 < 16 * spot.sigma ** 2) texture += spot.height * Math.exp(-0.5 * (d2 / spot.sigma ** 2));
      }
      density[py * size + px]! += inside * brightness * Math.max(0.08, texture);
    }
  }
}
