import { type Condition, type Expression, type NewExpression, walk } from "./expression.js";
import { addForms, constantForm, type LinearForm, scaleForm } from "./linearForm.js";

/** A part of an axis, and what is computed there. */
export interface Segment {
  readonly first: number;
  readonly stop: number;
  readonly roots: readonly Expression[];
}

/** Gives an expression of the kernel a number. */
type Make = (expression: NewExpression) => Expression;

/**
 * Parts of an axis in each of which conditions that depend on it alone hold or do not, and what is mirrored at borders or clamped is a linear form. Their roots are without these; so parts of what is
 * joined are read one after the other, and padded images inside as if they were not. One part, where there would be more than `most`.
 */
export function segmentsAlong(
  axis: number,
  { first, stop, roots }: Segment,
  make: Make,
  most: number,
): readonly Segment[] {
  const bounds = [first, ...breaksOf(roots, axis, first, stop), stop];
  if (bounds.length === 2 || bounds.length - 1 > most) return [{ first, stop, roots }];
  return bounds.slice(1).flatMap((end, k) => {
    const begin = bounds[k]!;
    const within = new Restriction(axis, begin, end, make);
    const inside = { first: begin, stop: end, roots: roots.map((root) => within.of(root)) };
    // A form may depend on the axis alone now.
    return segmentsAlong(axis, inside, make, most);
  });
}

/** What a form is compared with. */
function thresholdsOf(expression: Expression): readonly (readonly [LinearForm, number])[] {
  if (expression.kind === "guard") {
    return expression.conditions.flatMap(({ form, low, high, modulus }) =>
      modulus === undefined
        ? [low, high].flatMap((bound) => (bound === undefined ? [] : [[form, bound] as const]))
        : [],
    );
  }
  if (expression.kind === "integer" && expression.code !== "divide") {
    return [
      [expression.operand, 0],
      [expression.operand, expression.bounds[1]! + 1],
    ];
  }
  return [];
}

const dependsOn = ({ coefficients, terms }: LinearForm, axis: number): "alone" | "not" | "further" =>
  terms.length > 0 || coefficients.some((coefficient, k) => k !== axis && coefficient !== 0)
    ? "further"
    : coefficients[axis] === 0
      ? "not"
      : "alone";

/** Where between `first` and `stop` a form that depends on the axis alone gets to what it is compared with, or leaves it. */
function breaksOf(roots: readonly Expression[], axis: number, first: number, stop: number): number[] {
  const breaks = new Set<number>();
  walk(roots, (expression) => {
    for (const [form, threshold] of thresholdsOf(expression)) {
      if (dependsOn(form, axis) !== "alone") continue;
      const step = form.coefficients[axis]!;
      const at = (threshold - form.constant) / step;
      const index = step > 0 ? Math.ceil(at) : Math.floor(at) + 1;
      if (index > first && index < stop) breaks.add(index);
    }
  });
  return [...breaks].sort((a, b) => a - b);
}

/** What expressions are where the index along an axis is at least `first` and below `stop`. */
class Restriction {
  readonly #axis: number;
  readonly #first: number;
  readonly #last: number;
  readonly #make: Make;
  readonly #known: Map<Expression, Expression> = new Map();

  constructor(axis: number, first: number, stop: number, make: Make) {
    this.#axis = axis;
    this.#first = first;
    this.#last = stop - 1;
    this.#make = make;
  }

  of(expression: Expression): Expression {
    let known = this.#known.get(expression);
    if (!known) {
      known = this.#restrict(expression);
      this.#known.set(expression, known);
    }
    return known;
  }

  #restrict(expression: Expression): Expression {
    switch (expression.kind) {
      case "scalar":
      case "product":
        return expression;
      case "load":
      case "fold": {
        const address = this.#form(expression.address);
        return address === expression.address ? expression : this.#make({ ...expression, address });
      }
      case "index": {
        const form = this.#form(expression.form);
        return form === expression.form ? expression : this.#make({ ...expression, form });
      }
      case "integer": {
        const operand = this.#form(expression.operand);
        return operand === expression.operand ? expression : this.#make({ ...expression, operand });
      }
      case "operation": {
        const operands = this.#all(expression.operands);
        return operands === expression.operands ? expression : this.#make({ ...expression, operands });
      }
      case "random": {
        const [key, counter] = [this.#all(expression.key), this.#all(expression.counter)];
        const position = this.of(expression.position);
        const isSame =
          key === expression.key && counter === expression.counter && position === expression.position;
        return isSame ? expression : this.#make({ ...expression, key, counter, position });
      }
      case "guard": {
        const open: Condition[] = [];
        for (const condition of expression.conditions) {
          const form = this.#form(condition.form);
          const holds = this.#holds({ ...condition, form });
          if (holds === false) return this.of(expression.outside);
          if (holds === undefined) open.push({ ...condition, form });
        }
        const inside = this.of(expression.inside);
        if (open.length === 0) return inside;
        return this.#make({ ...expression, conditions: open, inside, outside: this.of(expression.outside) });
      }
      default:
        throw new Error(`unknown expression ${expression satisfies never}`);
    }
  }

  /** The same list where nothing in it is another. */
  #all(expressions: readonly Expression[]): readonly Expression[] {
    const all = expressions.map((expression) => this.of(expression));
    return all.every((expression, k) => expression === expressions[k]) ? expressions : all;
  }

  #form(form: LinearForm): LinearForm {
    const { terms } = form;
    if (terms.length === 0) return form;
    const linear = terms.map(({ expression }) => this.#linear(expression));
    const nothing = constantForm(0, form.coefficients.length);
    const kept = terms.map(({ expression, scale }) => ({ expression: this.of(expression), scale }));
    if (terms.every(({ expression }, k) => !linear[k] && kept[k]!.expression === expression)) return form;
    const parts = linear.map((part, k) =>
      part ? scaleForm(part, kept[k]!.scale, 0) : { ...nothing, terms: [kept[k]!] },
    );
    return parts.reduce(addForms, { ...form, terms: [] });
  }

  /** What a mirrored or clamped coordinate is, if it is by one form in the whole segment. */
  #linear(expression: Expression): LinearForm | undefined {
    if (expression.kind !== "integer" || expression.code === "divide") return undefined;
    const operand = this.#form(expression.operand);
    const range = this.#range(operand);
    if (!range) return undefined;
    const [least, most] = range;
    const last = expression.bounds[1]!;
    const rank = operand.coefficients.length;
    if (least >= 0 && most <= last) return operand;
    if (expression.code === "clamp") {
      if (most < 0) return constantForm(0, rank);
      return least > last ? constantForm(last, rank) : undefined;
    }
    if (most <= 0 && least >= -last) return scaleForm(operand, -1, 0);
    return least >= last && most <= 2 * last ? scaleForm(operand, -1, 2 * last) : undefined;
  }

  /** Whether a condition holds in the whole segment, or nowhere in it. */
  #holds({ form, low, high, modulus }: Condition): boolean | undefined {
    const range = this.#range(form);
    if (!range || modulus !== undefined) return undefined;
    const [least, most] = range;
    if ((low !== undefined && most < low) || (high !== undefined && least >= high)) return false;
    return (low === undefined || least >= low) && (high === undefined || most < high) ? true : undefined;
  }

  /** The least and the largest value of a form that depends on no other axis. */
  #range(form: LinearForm): readonly [number, number] | undefined {
    if (dependsOn(form, this.#axis) === "further") return undefined;
    const step = form.coefficients[this.#axis]!;
    const ends = [form.constant + step * this.#first, form.constant + step * this.#last] as const;
    return step < 0 ? [ends[1], ends[0]] : ends;
  }
}
