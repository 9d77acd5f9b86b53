import { flattenAt, isFloat, leavesWithPaths, type Tensor, type Tree } from "@clidim/tensor";
import { describe } from "@clidim/tensor/expect";
import type { GradientTransformation, Optimizer } from "./optimizer.js";

/** `rule`, whose update first checks that gradients and state fit the parameters: broadcasting would hide it where they do not. */
export const checkedOptimizer = <S>(name: string, rule: Optimizer<S>): Optimizer<S> => ({
  init: initChecked(name, rule),
  update(gradients, state, params) {
    checkUpdate(name, rule, gradients, state, params);
    return rule.update(gradients, state, params);
  },
});

/** The same for a transformation of gradients. */
export const checkedTransformation = <S>(
  name: string,
  rule: GradientTransformation<S>,
): GradientTransformation<S> => ({
  init: initChecked(name, rule),
  update(gradients, state, params) {
    checkUpdate(name, rule, gradients, state, params);
    return rule.update(gradients, state, params);
  },
});

type Rule<S> = Pick<Optimizer<S>, "init">;

const initChecked =
  <S>(name: string, rule: Rule<S>): Rule<S>["init"] =>
  (params) => {
    checkParams(name, params);
    return rule.init(params);
  };

function checkUpdate<S>(
  name: string,
  rule: Rule<S>,
  gradients: unknown,
  state: unknown,
  params: unknown,
): void {
  checkParams(name, params);
  checkGradients(name, gradients, params);
  checkState(name, state, rule.init(params));
}

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
): void =>
  checkLike(name, what, (path) => (path === "" ? what : `${what} of "${path}"`), tree, params, advice);

const checkGradients = (name: string, gradients: unknown, params: unknown): void =>
  checkLikeParams(
    name,
    "the gradient",
    gradients,
    params,
    "pass gradients of the same parameters, as valueAndGrad returns them",
  );

const checkState = (name: string, state: unknown, fresh: unknown): void =>
  checkLike(
    name,
    "state",
    (path) => `state.${path}`,
    state,
    fresh,
    "pass what init made for these parameters, or what the last update returned",
  );

function checkLike(
  name: string,
  what: string,
  label: (path: string) => string,
  given: unknown,
  expected: unknown,
  advice: string,
): void {
  const found = leavesIn(name, what, given);
  for (const [path, like] of leavesIn(name, what, expected)) {
    const leaf = found.get(path);
    found.delete(path);
    if (!leaf) throw new Error(`${name}: ${label(path)} is missing, expected ${describe(like)}; ${advice}`);
    if (describe(leaf) !== describe(like)) {
      throw new Error(`${name}: ${label(path)} is ${describe(leaf)}, expected ${describe(like)}; ${advice}`);
    }
  }
  for (const [path, leaf] of found) {
    throw new Error(`${name}: ${label(path)} is ${describe(leaf)}, expected none; ${advice}`);
  }
}

function leavesIn(name: string, what: string, tree: unknown): Map<string, Tensor> {
  const nested = tree as Tree<Tensor>; // what else it may be is what flattenAt looks for
  flattenAt(name, what, nested);
  return new Map(leavesWithPaths(nested));
}
