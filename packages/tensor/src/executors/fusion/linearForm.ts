import type { Expression } from "./expression.js";

/**
 * An integer: constant + sum of coefficients[k] * i_k over the iteration axes of a kernel + sum of scale * expression.
 * Coordinates and addresses are such forms; only gathers and mirrored borders have terms that are expressions.
 */
export interface LinearForm {
  readonly constant: number;
  readonly coefficients: readonly number[];
  readonly terms: readonly { readonly expression: Expression; readonly scale: number }[];
}

export const constantForm = (constant: number, rank: number): LinearForm => ({
  constant,
  coefficients: new Array<number>(rank).fill(0),
  terms: [],
});

/** The iteration index along `axis`. */
export const axisForm = (axis: number, rank: number): LinearForm => ({
  constant: 0,
  coefficients: Array.from({ length: rank }, (_, k) => (k === axis ? 1 : 0)),
  terms: [],
});

/** The value of an integer expression. */
export const expressionForm = (expression: Expression, rank: number): LinearForm => ({
  ...constantForm(0, rank),
  terms: [{ expression, scale: 1 }],
});

/** scale * form + offset. */
export const scaleForm = (form: LinearForm, scale: number, offset: number): LinearForm => ({
  constant: scale * form.constant + offset,
  coefficients: form.coefficients.map((coefficient) => scale * coefficient),
  terms: scale === 0 ? [] : form.terms.map((term) => ({ ...term, scale: scale * term.scale })),
});

export const addForms = (a: LinearForm, b: LinearForm): LinearForm => ({
  constant: a.constant + b.constant,
  coefficients: a.coefficients.map((coefficient, k) => coefficient + b.coefficients[k]!),
  terms: [...a.terms, ...b.terms],
});

/** Sum of strides[k] * coordinates[k]. */
export function dot(
  coordinates: readonly LinearForm[],
  strides: readonly number[],
  rank: number,
): LinearForm {
  return coordinates.reduce(
    (sum, form, k) => addForms(sum, scaleForm(form, strides[k]!, 0)),
    constantForm(0, rank),
  );
}

/** Same text for same form. */
export const formKey = (form: LinearForm): string =>
  `${form.constant}:${form.coefficients}${form.terms.map((t) => `+${t.scale}*#${t.expression.id}`).join("")}`;
