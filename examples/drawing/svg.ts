import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Position in data coordinates. */
export type Point = readonly [x: number, y: number];

/** Draws in data coordinates, y upwards. */
export interface Canvas {
  line(points: readonly Point[], color: string): void;
  dot(at: Point, color: string, radius?: number): void;
  /** A filled rectangle between two corners, below all lines, dots and texts. */
  cell(from: Point, to: Point, color: string): void;
  text(at: Point, words: string, color?: string): void;
}

export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

const escapeXml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);

const pixel = (value: number): string => String(Number(value.toFixed(1)));

const label = (x: number, y: number, anchor: "start" | "middle" | "end", words: string, rest = ""): string =>
  `<text x="${pixel(x)}" y="${pixel(y)}" text-anchor="${anchor}" ${rest}>${escapeXml(words)}</text>`;

/** Writes a picture of 640 x 440 pixels into `output/` and returns its path. */
export function chart(name: string, title: string, x: Axis, y: Axis, draw: (canvas: Canvas) => void): string {
  const [left, top, right, bottom] = [70, 40, 620, 380];
  const across = (value: number): number => left + ((right - left) * (value - x.from)) / (x.to - x.from);
  const down = (value: number): number => bottom - ((bottom - top) * (value - y.from)) / (y.to - y.from);
  const shapes: string[] = [];
  /** A path per colour is a tenth of the length of an element per cell. */
  const cells = new Map<string, string>();
  draw({
    line(points, color) {
      const path = points.map(([px, py]) => `${pixel(across(px))},${pixel(down(py))}`).join(" ");
      shapes.push(`<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>`);
    },
    dot([px, py], color, radius = 3) {
      shapes.push(
        `<circle cx="${pixel(across(px))}" cy="${pixel(down(py))}" r="${radius}" fill="${color}" stroke="#fff" stroke-width="0.5"/>`,
      );
    },
    cell([x0, y0], [x1, y1], color) {
      const [a, b, c, d] = [across(x0), down(y0), across(x1), down(y1)].map(pixel);
      cells.set(color, `${cells.get(color) ?? ""}M${a} ${b}H${c}V${d}H${a}z`);
    },
    text([px, py], words, color = "#333") {
      shapes.push(label(across(px), down(py), "middle", words, `fill="${color}"`));
    },
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((part) => {
    const [vx, vy] = [x.from + part * (x.to - x.from), y.from + part * (y.to - y.from)];
    return [
      x.label ? label(across(vx), bottom + 18, "middle", String(Number(vx.toPrecision(3)))) : "",
      y.label ? label(left - 8, down(vy) + 4, "end", String(Number(vy.toPrecision(3)))) : "",
    ];
  });
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="440" font-family="sans-serif" font-size="12">`,
    `<rect width="640" height="440" fill="#fff"/>`,
    label(320, 24, "middle", title, `font-size="15"`),
    ...[...cells].map(([color, path]) => `<path d="${path}" fill="${color}"/>`),
    ...shapes,
    x.label || y.label
      ? `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="#999"/>`
      : "",
    ...ticks,
    label((left + right) / 2, bottom + 40, "middle", x.label),
    label(0, 0, "middle", y.label, `transform="translate(18 ${(top + bottom) / 2}) rotate(-90)"`),
    "</svg>",
  ];
  const folder = new URL("../output/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const file = new URL(`${name}.svg`, folder);
  writeFileSync(file, `${svg.filter(Boolean).join("\n")}\n`);
  return fileURLToPath(file);
}
