import { Code } from "../module/code.js";
import type { FunctionBuilder } from "../module/functionBuilder.js";
import { fillMemory, get, i32, set } from "../module/instructions.js";

/** A value that the code of a kernel has computed. */
export interface Local {
  readonly index: number;
  /** Whether it is four neighbouring elements. */
  readonly vector: boolean;
}

/** The inside of a loop, or of a branch: where code goes, and what it has computed. */
export interface Scope {
  readonly code: Code;
  readonly values: Map<string, Local>;
}

const newScope = (code: Code): Scope => ({ code, values: new Map() });

/** Parameters of a function that is called once per thread. */
export interface Share {
  readonly part: number;
  readonly parts: number;
}

/** Turns of a loop that make parts of nearly one size for any number of threads. */
const enoughTurns = 64;

/** An axis that a loop goes along, which may be several of a shape's. */
export interface LoopAxis {
  readonly axis: number;
  readonly extent: number;
  /** How many elements a turn of the loop takes. */
  readonly step?: number;
}

/**
 * Loops inside each other. What is computed goes to the outermost loop that it changes in, or before all of them; level 0 is the function itself, level k the
 * inside of the k-th loop.
 */
export class LoopNest {
  readonly f: FunctionBuilder;
  readonly levels: Scope[];
  /** The parameters that say which part of how many a call is. */
  readonly #share: Share;
  /** Elements of expressions that are computed at once at most; 0 where there are no expressions. */
  lanes = 0;
  /** Whether calls are parts: else each would do the same. */
  isShared = false;
  /** The axis of which a call goes along its part alone. */
  #sharedAxis: number | undefined;
  /** Per axis: the level of its loop, and the local that counts. */
  readonly #loops: Map<number, { readonly level: number; readonly counter: number }> = new Map();
  readonly #branches: Scope[] = [];

  constructor(f: FunctionBuilder, share: Share) {
    this.f = f;
    this.#share = share;
    this.levels = [newScope(f.code.slot())];
  }

  /** From now on a call goes along its part of one of these axes, the first that has turns for many threads: no two turns may write the same. */
  shareOut(axes: readonly LoopAxis[]): void {
    const turns = ({ extent, step = 1 }: LoopAxis): number => Math.ceil(extent / step);
    const most = axes.reduce<LoopAxis | undefined>((a, b) => (a && turns(a) >= turns(b) ? a : b), undefined);
    const shared = axes.find((axis) => turns(axis) >= enoughTurns) ?? most;
    this.#sharedAxis = shared && turns(shared) > 1 ? shared.axis : undefined;
    if (this.#sharedAxis !== undefined) this.isShared = true;
  }

  /** A loop from `first` to before `stop` inside those that there are, with `body` in it. */
  loop(
    { axis, step = 1 }: LoopAxis,
    first: number,
    stop: number,
    into: Code,
    body: (into: Code) => void,
  ): void {
    const counter = this.f.local("i32");
    const level = this.levels.length;
    const inside = (code: Code): void => {
      this.levels.push(newScope(code.slot()));
      this.#loops.set(axis, { level, counter });
      body(code);
      this.#loops.delete(axis);
      this.levels.pop();
    };
    if (axis !== this.#sharedAxis) this.f.loop(into, counter, first, stop, step, inside);
    else this.f.loopBetween(into, counter, this.#partOf(first, stop, step), step, inside);
  }

  /** Locals with the first and the last place of a call's part of a loop. */
  #partOf(first: number, stop: number, step: number): [number, number] {
    const turns = i32.const(Math.ceil((stop - first) / step));
    const parts = get(this.#share.parts);
    const bound = (further: number): number => {
      const local = this.f.local("i32");
      // first + step * floor(turns p / parts), where turns p may have more than 32 bits: with turns = parts q + r that is p q + floor(r p / parts), r p below parts^2, at most 2^32.
      const p = [...get(this.#share.part), ...i32.const(further), ...i32.add];
      const whole = [...p, ...turns, ...parts, ...i32.div_u, ...i32.mul];
      const rest = [...p, ...turns, ...parts, ...i32.rem_u, ...i32.mul, ...parts, ...i32.div_u];
      const turn = [...whole, ...rest, ...i32.add];
      this.levels[0]!.code.add(turn, i32.const(step), i32.mul, i32.const(first), i32.add, set(local));
      return local;
    };
    return [bound(0), bound(1)];
  }

  /** Fills with zeros, each call its part. */
  fillWithZeros(into: Code, base: number, start: number, length: number): void {
    if (length === 0) return;
    const [first, stop] = this.#partOf(0, length, 1);
    this.isShared = true;
    into.add(
      get(base),
      i32.const(4 * start),
      i32.add,
      get(first),
      i32.const(4),
      i32.mul,
      i32.add,
      i32.const(0),
    );
    into.add(get(stop), get(first), i32.sub, i32.const(4), i32.mul, fillMemory);
  }

  /** Loops along all axes, the first outermost. */
  nest(axes: readonly LoopAxis[], into: Code, body: (into: Code) => void): void {
    const [first, ...rest] = axes;
    if (!first) body(into);
    else this.loop(first, 0, first.extent, into, (code) => this.nest(rest, code, body));
  }

  /** The level of the loop along an axis; 0 where there is none. */
  levelOf(axis: number): number {
    return this.#loops.get(axis)?.level ?? 0;
  }

  get innermost(): number {
    return this.levels.length - 1;
  }

  /** Code for a branch, in which `build` computes things. What is computed for all turns of a loop goes before whatever is added next. */
  branch(build: () => void): Code {
    const code = new Code();
    this.#branches.push(newScope(code));
    build();
    this.#branches.pop();
    return code;
  }

  /** Where a value that changes at `level` is computed: in the branch that is being built, else in the loop of that level. */
  scope(level: number): Scope {
    return this.#branches.at(-1) ?? this.levels[level]!;
  }

  /** What was computed under this key where it can be used. */
  known(key: string, level: number): Local | undefined {
    for (let k = this.#branches.length - 1; k >= 0; k--) {
      const found = this.#branches[k]!.values.get(key);
      if (found) return found;
    }
    return this.levels[level]!.values.get(key);
  }

  /** constant + base + sum of coefficients[k] * i_k as an i32, each part of it computed in the outermost loop that it can be. */
  sum(coefficients: readonly number[], constant = 0, base?: number): number {
    const atLevel: { readonly counter: number; readonly coefficient: number }[][] = this.levels.map(() => []);
    coefficients.forEach((coefficient, axis) => {
      const loop = this.#loops.get(axis);
      if (loop && coefficient !== 0) atLevel[loop.level]!.push({ counter: loop.counter, coefficient });
    });
    let key = `sum ${base} ${constant}`;
    let total = base;
    if (constant !== 0 || base === undefined) {
      total = this.#at(0, key, () => [
        ...i32.const(constant),
        ...(base === undefined ? [] : [...get(base), ...i32.add]),
      ]);
    }
    atLevel.forEach((terms, level) => {
      for (const { counter, coefficient } of terms) {
        const before = total!;
        key += ` ${counter}*${coefficient}`;
        total = this.#at(level, key, () => [
          ...get(before),
          ...get(this.#scaled(counter, coefficient, level)),
          ...i32.add,
        ]);
      }
    });
    return total!;
  }

  #scaled(counter: number, coefficient: number, level: number): number {
    if (coefficient === 1) return counter;
    return this.#at(level, `${counter} * ${coefficient}`, () => [
      ...get(counter),
      ...i32.const(coefficient),
      ...i32.mul,
    ]);
  }

  /** An integer that is computed in the loop of a level, also for a branch: nothing goes wrong where it is not needed. */
  #at(level: number, key: string, compute: () => readonly number[]): number {
    const { code, values } = this.levels[level]!;
    let known = values.get(key);
    if (!known) {
      const bytes = compute();
      known = { index: this.f.local("i32"), vector: false };
      code.add(bytes, set(known.index));
      values.set(key, known);
    }
    return known.index;
  }
}
