import type { CropOrder } from "./cropFeed.js";

/** So many updates are drawn ahead, which hides the time that reading takes without holding many windows. */
const AHEAD = 3;

/** The orders of a run's updates, one after the other, the next ones drawn while the device works. When one is ready has no bearing on what it says. */
export class OrdersAhead {
  readonly #order: (update: number) => Promise<CropOrder>;
  readonly #end: number;
  readonly #drawn: Promise<CropOrder>[] = [];
  /** The update that is drawn next. */
  #next: number;

  /** For updates `first` to before `end`. */
  constructor(order: (update: number) => Promise<CropOrder>, first: number, end: number) {
    this.#order = order;
    this.#next = first;
    this.#end = end;
  }

  /** Starts to draw what comes next. */
  draw(): void {
    while (this.#drawn.length < AHEAD && this.#next < this.#end) {
      const order = this.#order(this.#next++);
      // What went wrong is said when its turn comes, not before.
      order.catch(() => {});
      this.#drawn.push(order);
    }
  }

  /** The order of the next update. */
  async take(): Promise<CropOrder> {
    if (this.#drawn.length === 0) this.draw();
    const order = this.#drawn.shift();
    if (!order) throw new Error(`OrdersAhead: expected an update before ${this.#end}, got ${this.#next}`);
    return order;
  }

  /** Nothing is being read any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#drawn);
  }
}
