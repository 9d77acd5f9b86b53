/** A product whose tile can be chosen, the names of the tiles that it can have, and that which it has without measurement. */
export interface TileQuestion {
  readonly product: string;
  readonly candidates: readonly string[];
  readonly rule: string;
}

/**
 * Which tile each product takes on one device: by measurement where there is one (`tune`), else by the rule that the kernel ships
 * with. Products are told apart by their kernel, sizes and dtype, as in `conv2d 65536x64x1024 f32`.
 */
export class TileChoices {
  readonly #chosen: Map<string, string> = new Map();
  #revision = 0;
  #listener: ((question: TileQuestion) => void) | undefined;

  /** The tile of a product. A choice that is no candidate any more does not count. */
  choose(question: TileQuestion): string {
    this.#listener?.(question);
    const { product, candidates, rule } = question;
    const chosen = this.#chosen.get(product);
    return chosen !== undefined && candidates.includes(chosen) ? chosen : rule;
  }

  /** Another number after every change: what was compiled under one number need not be what is compiled under the next. */
  get revision(): number {
    return this.#revision;
  }

  set(product: string, tile: string): void {
    if (this.#chosen.get(product) === tile) return;
    this.#chosen.set(product, tile);
    this.#revision++;
  }

  /** Forgets what was measured for a product. */
  delete(product: string): void {
    if (this.#chosen.delete(product)) this.#revision++;
  }

  /** What `f` returns while a product takes a tile that it is not to keep; `f` must do all its choosing before it returns. */
  attempt<T>(product: string, tile: string, f: () => T): T {
    const known = this.#chosen.get(product);
    this.#chosen.set(product, tile);
    try {
      return f();
    } finally {
      if (known === undefined) this.#chosen.delete(product);
      else this.#chosen.set(product, known);
    }
  }

  /** What `f` asks for, each product once. */
  questions(f: () => void): TileQuestion[] {
    const asked = new Map<string, TileQuestion>();
    this.#listener = (question) => asked.set(question.product, question);
    try {
      f();
    } finally {
      this.#listener = undefined;
    }
    return [...asked.values()];
  }

  /** What was measured, to be kept: tile names by product. */
  entries(): Record<string, string> {
    return Object.fromEntries(this.#chosen);
  }

  /** Takes over what was kept. */
  assign(entries: Readonly<Record<string, string>>): void {
    for (const [product, tile] of Object.entries(entries)) this.set(product, tile);
  }
}
