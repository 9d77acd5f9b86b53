/** Pen strokes of the ten digits in a unit square, y downwards. */
const six: readonly (readonly [number, number])[] = [
  [0.66, 0.12],
  [0.42, 0.3],
  [0.29, 0.6],
  [0.35, 0.82],
  [0.52, 0.9],
  [0.69, 0.8],
  [0.7, 0.62],
  [0.54, 0.5],
  [0.33, 0.6],
];

const circle = Array.from({ length: 17 }, (_, i): [number, number] => {
  const angle = (i * Math.PI) / 8;
  return [0.5 + 0.25 * Math.cos(angle), 0.5 + 0.4 * Math.sin(angle)];
});

// biome-ignore format: a stroke per line
const strokes: readonly (readonly (readonly [number, number])[])[] = [
  circle,
  [[0.35, 0.25], [0.52, 0.1], [0.52, 0.9]],
  [[0.25, 0.3], [0.3, 0.15], [0.5, 0.1], [0.7, 0.18], [0.72, 0.35], [0.55, 0.55], [0.25, 0.9], [0.75, 0.9]],
  [[0.27, 0.18], [0.45, 0.1], [0.68, 0.2], [0.65, 0.4], [0.45, 0.48], [0.68, 0.58], [0.7, 0.78], [0.5, 0.9], [0.27, 0.82]],
  [[0.6, 0.9], [0.6, 0.1], [0.22, 0.65], [0.78, 0.65]],
  [[0.72, 0.1], [0.32, 0.1], [0.29, 0.45], [0.52, 0.4], [0.72, 0.55], [0.7, 0.78], [0.5, 0.9], [0.27, 0.84]],
  six,
  [[0.25, 0.1], [0.75, 0.1], [0.45, 0.9]],
  [[0.5, 0.48], [0.32, 0.38], [0.33, 0.18], [0.5, 0.1], [0.67, 0.18], [0.68, 0.38], [0.5, 0.48], [0.28, 0.62], [0.3, 0.82], [0.5, 0.9], [0.7, 0.82], [0.72, 0.62], [0.5, 0.48]],
  six.map(([x, y]): [number, number] => [1 - x, 1 - y]),
];

/** How many random numbers one hand uses. */
export const handLength = 7;

/** Distance of a point from the line between a and b. */
function distance(
  px: number,
  py: number,
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}

/**
 * A digit as `size` x `size` pixels from 0 (paper) to 1 (ink), row-major, as one hand writes it: `hand` are numbers in [0, 1) that
 * stand for slant, size, position and width of the pen.
 */
export function drawDigit(digit: number, size: number, hand: readonly number[]): Float32Array {
  const [turn, slant, width, height, right, down, pen] = hand.map((u) => 2 * u - 1) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [cos, sin] = [Math.cos(0.3 * turn), Math.sin(0.3 * turn)];
  const points = strokes[digit]!.map(([x, y]): [number, number] => {
    const [u, v] = [(x - 0.5) * (0.95 + 0.15 * width), (y - 0.5) * (0.9 + 0.12 * height)];
    const sheared = u - 0.2 * slant * v;
    return [0.5 + cos * sheared - sin * v + 0.07 * right, 0.5 + sin * sheared + cos * v + 0.07 * down];
  });
  const radius = 0.055 + 0.02 * pen;
  const image = new Float32Array(size * size);
  image.forEach((_, i) => {
    const [px, py] = [((i % size) + 0.5) / size, (Math.floor(i / size) + 0.5) / size];
    const nearest = points
      .slice(1)
      .reduce((least, b, k) => Math.min(least, distance(px, py, points[k]!, b)), 1);
    image[i] = Math.min(1, Math.max(0, (radius - nearest) * size + 0.5));
  });
  return image;
}
