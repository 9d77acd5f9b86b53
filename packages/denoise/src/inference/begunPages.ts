/** What part of a page is done, and who wants to know. */
interface Told {
  part: number;
  onPart: ((part: number) => void) | undefined;
}

/** Work on pages that is begun before it is their turn. */
export class BegunPages<T> {
  readonly #begun = new Map<number, { readonly told: Told; readonly result: Promise<T> }>();

  /** Begins the page of an index. What is thrown is told when it is taken. */
  begin(index: number, work: (onPart: (part: number) => void) => Promise<T>): void {
    const told: Told = { part: 0, onPart: undefined };
    const result = work((part) => {
      told.part = part;
      told.onPart?.(part);
    });
    result.catch(() => {});
    this.#begun.set(index, { told, result });
  }

  /** What comes of a page that was begun, once; undefined of another one. From now on `onPart` is told what part is done; it may throw to end it. */
  take(index: number, onPart: (part: number) => void): Promise<T> | undefined {
    const page = this.#begun.get(index);
    if (!page) return undefined;
    this.#begun.delete(index);
    const { told, result } = page;
    told.onPart = onPart;
    if (told.part > 0) onPart(told.part);
    return result;
  }
}
