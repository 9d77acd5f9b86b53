import { contentsOf, type Expression, walk } from "../../fusion/expression.js";
import type { LinearForm } from "../../fusion/linearForm.js";

/** Tells which expressions have another value at the next element along an axis. */
export class Variation {
  readonly axis: number;
  readonly #known: Map<Expression, boolean> = new Map();

  constructor(axis: number) {
    this.axis = axis;
  }

  of(expression: Expression): boolean {
    let varies = this.#known.get(expression);
    if (varies === undefined) {
      const { forms, operands } = contentsOf(expression);
      varies = operands.some((operand) => this.of(operand)) || forms.some((form) => this.ofForm(form));
      this.#known.set(expression, varies);
    }
    return varies;
  }

  ofForm({ coefficients, terms }: LinearForm): boolean {
    return coefficients[this.axis] !== 0 || this.ofTerms(terms);
  }

  ofTerms(terms: LinearForm["terms"]): boolean {
    return terms.some(({ expression }) => this.of(expression));
  }

  /** Whether four neighbouring elements of each root can be computed at once: one branch is taken for all, and no coordinate is divided. */
  allowsVectors(roots: readonly Expression[]): boolean {
    let allows = true;
    walk(roots, (expression) => {
      if (!this.of(expression)) return;
      switch (expression.kind) {
        case "guard":
          if (expression.conditions.some(({ form }) => this.ofForm(form))) allows = false;
          break;
        case "integer":
          if (expression.code === "divide") allows = false;
          break;
        default:
      }
    });
    return allows;
  }
}
