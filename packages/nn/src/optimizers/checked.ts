import { flattenAt, isFloat, leavesWithPaths, type Tensor, type Tree } from "@clidim/tensor";
import { describe } from "@clidim/tensor/expect";
import type { GradientTransformation, Optimizer } from "./optimizer.js";

/** `rule`, whose update first checks that gradients and state fit the parameters: broadcasting would hide it where they do not. */
export function checkedOptimizer<S>(name: string, rule: Optimizer<S>): Optimizer<S> {
  const check = updateCheck(name, rule);
  return {
    init: initChecked(name, rule),
    update(gradients, state, params) {
      check(gradients, state, params);
      return rule.update(gradients, state, params);
    },
  };
}

/** The same for a transformation of gradients. */
export function checkedTransformation<S>(
  name: string,
  rule: GradientTransformation<S>,
): GradientTransformation<S> {
  const check = updateCheck(name, rule);
  return {
    init: initChecked(name, rule),
    update(gradients, state, params) {
      check(gradients, state, params);
      return rule.update(gradients, state, params);
    },
  };
}

type Rule<S> = Pick<Optimizer<S>, "init">;

const initChecked =
  <S>(name: string, rule: Rule<S>): Rule<S>["init"] =>
  (params) => {
    checkParams(name, params);
    return rule.init(params);
  };

function updateCheck<S>(
  name: string,
  rule: Rule<S>,
): (gradients: unknown, state: unknown, params: unknown) => void {
  // What init makes depends on nothing but the parameters' shapes and dtypes, which are the same from update to update.
  let known: { readonly params: string; readonly state: Outlines } | undefined;
  return (gradients, state, params) => {
    checkParams(name, params);
    const outlines = outlinesIn(name, "the parameters", params);
    checkLike(name, "the gradient", ofParameter("the gradient"), gradients, outlines, adviceOnGradients);
    const shapes = JSON.stringify([...outlines]);
    if (known?.params !== shapes) {
      known = { params: shapes, state: outlinesIn(name, "state", rule.init(params)) };
    }
    checkLike(name, "state", (path) => `state.${path}`, state, known.state, adviceOnState);
  };
}

const adviceOnGradients = "pass gradients of the same parameters, as valueAndGrad returns them";
const adviceOnState = "pass what init made for these parameters, or what the last update returned";

/** Throws unless all parameters are floats: integers and bools have no gradient, and no optimiser can step them. */
export function checkParams(name: string, params: unknown): void {
  for (const [path, leaf] of leavesIn(name, "the parameters", params)) {
    if (isFloat(leaf.dtype)) continue;
    throw new Error(
      `${name}: ${path === "" ? "the parameter" : `the parameter "${path}"`} is ${describe(leaf)}, and only floats are trained; ` +
        "keep integers and bools out of params: in stats, or closed over",
    );
  }
}

/** Throws unless `tree` has a leaf of the same dtype and shape for every parameter. */
export const checkLikeParams = (
  name: string,
  what: string,
  tree: unknown,
  params: unknown,
  advice: string,
): void => checkLike(name, what, ofParameter(what), tree, outlinesIn(name, what, params), advice);

const ofParameter =
  (what: string) =>
  (path: string): string =>
    path === "" ? what : `${what} of "${path}"`;

/** Dtype and shape of every leaf of a tree, by path. */
type Outlines = ReadonlyMap<string, string>;

function checkLike(
  name: string,
  what: string,
  label: (path: string) => string,
  given: unknown,
  expected: Outlines,
  advice: string,
): void {
  const found = outlinesIn(name, what, given);
  for (const [path, outline] of expected) {
    const leaf = found.get(path);
    if (!leaf) throw new Error(`${name}: ${label(path)} is missing, expected ${outline}; ${advice}`);
    if (leaf !== outline)
      throw new Error(`${name}: ${label(path)} is ${leaf}, expected ${outline}; ${advice}`);
  }
  for (const [path, leaf] of found) {
    if (!expected.has(path)) throw new Error(`${name}: ${label(path)} is ${leaf}, expected none; ${advice}`);
  }
}

const outlinesIn = (name: string, what: string, tree: unknown): Outlines =>
  new Map(leavesIn(name, what, tree).map(([path, leaf]) => [path, describe(leaf)]));

function leavesIn(name: string, what: string, tree: unknown): readonly (readonly [string, Tensor])[] {
  const nested = tree as Tree<Tensor>; // what else it may be is what flattenAt looks for
  flattenAt(name, what, nested);
  return leavesWithPaths(nested);
}
