import type { GradientTransformation, Optimizer } from "./optimizer.js";
import type { State } from "./state.js";

type DescribedByEach<T> = {
  readonly [K in keyof T]: T[K] extends GradientTransformation<infer S> ? S : never;
};

/** Gradient transformations one after the other, then an optimiser: `chain(clipByGlobalNorm(1), adam())`. The state is a tuple. */
export function chain<const T extends readonly GradientTransformation<unknown>[], S>(
  ...rules: readonly [...T, Optimizer<S>]
): Optimizer<readonly [...DescribedByEach<T>, S]> {
  type ChainState<P> = State<readonly [...DescribedByEach<T>, S], P>;
  // The rest parameter's type says which is which; TypeScript cannot take a variadic tuple apart from its end.
  const transformations = rules.slice(0, -1) as unknown as readonly GradientTransformation<unknown>[];
  const optimizer = rules.at(-1) as Optimizer<S>;
  return {
    init<P>(params: P): ChainState<P> {
      const states = [...transformations.map((rule) => rule.init(params)), optimizer.init(params)];
      return states as ChainState<P>; // one per rule, in order
    },
    update<P>(gradients: P, state: ChainState<P>, params: P) {
      const before = state as readonly State<unknown, P>[]; // one per rule, in order
      if (!Array.isArray(before) || before.length !== rules.length) {
        throw new Error(
          `chain: expected a state for each of ${rules.length} rules, got ${Array.isArray(before) ? before.length : "no array"}; ` +
            "pass what init of this chain or its last update returned",
        );
      }
      let current = gradients;
      const after: unknown[] = transformations.map((rule, i) => {
        const result = rule.update(current, before[i]!, params);
        if (!("gradients" in result)) throw wrongOrder(i, rules.length, "an optimiser");
        current = result.gradients;
        return result.state;
      });
      const last = optimizer.update(current, before.at(-1) as State<S, P>, params);
      if (!("params" in last)) throw wrongOrder(rules.length - 1, rules.length, "no optimiser");
      return { params: last.params, state: [...after, last.state] as ChainState<P> };
    },
  };
}

const wrongOrder = (position: number, count: number, what: string): Error =>
  new Error(
    `chain: rule ${position} of ${count} is ${what}; chain takes transformations of gradients and then one optimiser, as in chain(clipByGlobalNorm(1), adam())`,
  );
