import type { FileDenoiser } from "./fileDenoiser.js";
import type { FrameStack } from "./frameStack.js";
import { type ReadPage, readPage } from "./writePage.js";

/** A page of a file: of the pages of its channel the one of this index. */
export interface PageInTurn {
  readonly stack: FrameStack;
  readonly index: number;
  readonly denoiser?: FileDenoiser | undefined;
}

/**
 * Pages of a file, taken in order. Of those that can be begun before it is their turn (`PagesAhead`), so many are read and begun that each thread has one, and one is ready for the next: but all together have no more pixels than `largest`, as many as one page may have in
 * memory. Larger pages are left to be read by bands.
 */
export class ReadAhead {
  readonly #pages: readonly PageInTurn[];
  readonly #largest: number;
  /** Ends what nobody waits for any more. */
  readonly #signal: AbortSignal;
  readonly #pagesRead = new Map<number, Promise<ReadPage>>();
  #next = 0;

  constructor(pages: readonly PageInTurn[], largest: number, signal: AbortSignal) {
    this.#pages = pages;
    this.#largest = largest;
    this.#signal = signal;
  }

  /** The page in this position, the next one; undefined of a large one. Rejects where it cannot be read. */
  async take(position: number): Promise<ReadPage | undefined> {
    for (; this.#next < this.#pages.length; this.#next++) {
      const page = this.#pages[this.#next]!;
      const most = this.#atOnce(page);
      if (this.#next >= position + most) break;
      // A page by itself is left to the calling thread where it is not divided.
      if (most > 0) await this.#read(this.#next, page, most > 1 || page.denoiser?.ahead?.divides === true);
    }
    const read = this.#pagesRead.get(position);
    this.#pagesRead.delete(position);
    return read;
  }

  /** How many pages like this one may be in memory; 0 where not even this one is. */
  #atOnce({ stack: { width, height }, denoiser }: PageInTurn): number {
    const fitting = Math.floor(this.#largest / (width * height));
    const { ahead } = denoiser ?? {};
    return Math.min(fitting, ahead && ahead.count > 1 && this.#pages.length > 1 ? ahead.count + 1 : 1);
  }

  async #read(position: number, { stack, index, denoiser }: PageInTurn, begin: boolean): Promise<void> {
    const reading = readPage(stack, index, denoiser);
    this.#pagesRead.set(position, reading);
    try {
      const { masked } = await reading;
      if (begin && masked?.whole) denoiser?.ahead?.begin(masked.whole, index, this.#signal);
    } catch {
      // It is told when it is taken.
    }
  }
}
