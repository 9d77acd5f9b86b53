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
  #listener: ((question: TileQuestion) => void) | undefined;

  /** The tile of a product. A choice that is no candidate any more does not count. */
  choose(question: TileQuestion): string {
    this.#listener?.(question);
    const { product, candidates, rule } = question;
    const chosen = this.#chosen.get(product);
    return chosen !== undefined && candidates.includes(chosen) ? chosen : rule;
  }

  set(product: string, tile: string): void {
    this.#chosen.set(product, tile);
  }

  /** Forgets what was measured for a product. */
  delete(product: string): void {
    this.#chosen.delete(product);
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
