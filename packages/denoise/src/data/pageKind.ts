import type { LazyPage, PixelType } from "@clidim/imaging";
import type { Tensor } from "@clidim/tensor";
import { type Crop, cropWalk } from "./crops.js";
import { commonPixelType, PixelWords } from "./pixelWords.js";

/** A crop of a page of its scene. */
export interface Cut {
  readonly crop: Crop;
  readonly page: number;
}

/** All noisy pages or all clean ones, scene by scene. */
export class PageKind {
  readonly type: PixelType;
  readonly byteLength: number;
  readonly #scenes: readonly (readonly LazyPage[])[];
  /** The index of each page's first pixel among all. */
  readonly #starts: readonly (readonly number[])[];
  readonly #length: number;

  constructor(scenes: readonly (readonly LazyPage[])[]) {
    this.#scenes = scenes;
    this.type = commonPixelType(scenes.flat());
    let length = 0;
    this.#starts = scenes.map((pages) =>
      pages.map(({ width, height }) => {
        const start = length;
        length += width * height;
        return start;
      }),
    );
    this.#length = length;
    this.byteLength = length * { uint8: 1, uint16: 2, int16: 2, float32: 4 }[this.type];
  }

  /** All pixels, read page by page. */
  async tensor(): Promise<Tensor> {
    const words = new PixelWords(this.type, this.#length);
    for (const [scene, pages] of this.#scenes.entries()) {
      for (const [page, lazy] of pages.entries()) {
        words.pixels.set((await lazy.read()).data, this.#starts[scene]![page]!);
      }
    }
    return words.tensor();
  }

  walk({ crop, page }: Cut, size: number): number[] {
    const { width } = this.#scenes[crop.scene]![page]!;
    return walkOf(crop, width, size, this.#starts[crop.scene]![page]!);
  }

  /** The pixels of each cut, neither turned nor mirrored, `size x size` one after the other. Nothing else is read. */
  async windows(cuts: readonly Cut[], size: number): Promise<Tensor> {
    const words = new PixelWords(this.type, cuts.length * size * size);
    const read = async ({ crop: { scene, y, x }, page }: Cut, k: number): Promise<void> => {
      const { data } = await this.#scenes[scene]![page]!.read({ x, y, width: size, height: size });
      words.pixels.set(data, k * size * size);
    };
    await Promise.all(cuts.map(read));
    return words.tensor();
  }
}

/** What `cropPages` is told of a crop of a page whose first pixel is number `start`. */
export function walkOf(
  crop: Pick<Crop, "y" | "x" | "turns" | "flip">,
  width: number,
  size: number,
  start: number,
): number[] {
  const { first, alongRows, alongColumns } = cropWalk(crop, width, size);
  return [start + first, alongRows, alongColumns];
}
