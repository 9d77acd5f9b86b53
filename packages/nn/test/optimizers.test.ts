import { grad } from "@clidim/autograd";
import { add, leavesWithPaths, mul, square, sub, sum, type Tensor, type Tree, tensor } from "@clidim/tensor";
import { normal } from "@clidim/testing/fills";
import { expectClose, itemOf, settled, valuesOf } from "@clidim/testing/values";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  accumulate,
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  clipByValue,
  ema,
  lion,
  type Optimizer,
  rmsprop,
  schedules,
  sgd,
  weightDecay,
} from "../src/index.js";
import { mapLeaves } from "../src/mapLeaves.js";
import { oneMinusPower } from "../src/optimizers/oneMinusPower.js";

type Params = { readonly layers: readonly [{ readonly weight: Tensor }]; readonly bias: Tensor };
const params: Params = { layers: [{ weight: normal([2, 3], 1) }], bias: normal([4], 2) };
const gradientsAt = (step: number): Params => ({
  layers: [{ weight: normal([2, 3], 100 + step) }],
  bias: normal([4], 200 + step),
});
const flat = (tree: Params): number[] => [...valuesOf(tree.layers[0].weight), ...valuesOf(tree.bias)];

/** Parameters after `steps` steps, everything kept as one graph, so that float64 is never rounded. */
function run<S>(optimizer: Optimizer<S>, steps: number): number[][] {
  let current = params;
  let state = optimizer.init(current);
  return Array.from({ length: steps }, (_, step) => {
    ({ params: current, state } = optimizer.update(gradientsAt(step), state, current));
    return flat(current);
  });
}

/** The same by a rule for one number with memory of its own. */
function expected(
  steps: number,
  rule: () => (w: number, g: number, t: number, index: number) => number,
): number[][] {
  const rules = flat(params).map(rule);
  let current = flat(params);
  return Array.from({ length: steps }, (_, step) => {
    const g = flat(gradientsAt(step));
    current = current.map((w, i) => rules[i]!(w, g[i]!, step + 1, i));
    return current;
  });
}

function expectSteps<S>(
  optimizer: Optimizer<S>,
  rule: () => (w: number, g: number, t: number, index: number) => number,
  steps = 5,
): void {
  const actual = run(optimizer, steps);
  for (const [step, values] of expected(steps, rule).entries()) expectClose(actual[step]!, values);
}

const adamRule =
  (rate: number, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0) =>
  () => {
    let [m, v] = [0, 0];
    return (w: number, g: number, t: number): number => {
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const denominator = Math.sqrt(v) / Math.sqrt(1 - beta2 ** t) + epsilon;
      return w * (1 - rate * decay) - ((rate / (1 - beta1 ** t)) * m) / denominator;
    };
  };

describe("adam", () => {
  it("is PyTorch's, with its defaults and without", () => {
    expectSteps(adam(), adamRule(1e-3), 12);
    expectSteps(
      adam({ learningRate: 2e-4, beta1: 0.5, beta2: 0.99, epsilon: 1e-3 }),
      adamRule(2e-4, 0.5, 0.99, 1e-3),
      12,
    );
    expectSteps(adam({ learningRate: 0.1, beta1: 0 }), adamRule(0.1, 0));
  });

  it("moves by learningRate * g / (|g| + epsilon) at every step of a constant gradient", () => {
    // m and v are then (1 - beta^t) g and (1 - beta^t) g^2, and the corrections cancel.
    const optimizer = adam({ learningRate: 0.01, epsilon: 0.5 });
    const gradient = tensor([2, -0.5, 0]);
    let current = tensor([1, 1, 1]);
    let state = optimizer.init(current);
    for (let step = 1; step <= 4; step++) {
      ({ params: current, state } = optimizer.update(gradient, state, current));
      expectClose(valuesOf(current), [1 - (step * 0.01 * 2) / 2.5, 1 + (step * 0.01 * 0.5) / 1, 1]);
    }
    expect(itemOf(state.step)).toBe(4);
    expect(state.step.dtype).toBe("i32");
  });

  it("keeps its state in the structure and type of the parameters", () => {
    const state = adam().init(params);
    expectTypeOf(state.m).toEqualTypeOf<Params>();
    expect(leavesWithPaths(state).map(([path]) => path)).toEqual([
      "step",
      "m.layers.0.weight",
      "m.bias",
      "v.layers.0.weight",
      "v.bias",
    ]);
  });

  it("follows a schedule from its first step on", () => {
    const rate = [1, 0.75, 0.5, 0.25, 0];
    expectSteps(adam({ learningRate: schedules.linear({ from: 1, steps: 4 }) }), () => {
      let [m, v] = [0, 0];
      return (w, g, t) => {
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        const denominator = Math.sqrt(v) / Math.sqrt(1 - 0.999 ** t) + 1e-8;
        return w - ((rate[t - 1]! / (1 - 0.9 ** t)) * m) / denominator;
      };
    });
  });
});

describe("oneMinusPower", () => {
  it("loses no digits where the power is close to 1", () => {
    for (const base of [0, 0.5, 0.9, 0.999, 0.99999]) {
      for (const t of [1, 2, 10, 249, 251, 1000, 100000]) {
        const exact = base === 0 ? 1 : -Math.expm1(t * Math.log(base));
        expect(itemOf(oneMinusPower(base, tensor(t))) / exact).toBeCloseTo(1, 10);
      }
    }
  });
});

describe("the other optimisers", () => {
  it("sgd, with momentum and Nesterov", () => {
    expectSteps(sgd({ learningRate: 0.1 }), () => (w, g) => w - 0.1 * g);
    const velocity = (nesterov: boolean) => () => {
      let v = 0;
      return (w: number, g: number): number => {
        v = 0.9 * v + g;
        return w - 0.1 * (nesterov ? g + 0.9 * v : v);
      };
    };
    expectSteps(sgd({ learningRate: 0.1, momentum: 0.9 }), velocity(false));
    expectSteps(sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }), velocity(true));
    expect(() => sgd({ nesterov: true })).toThrow("sgd: nesterov needs a momentum above 0");
  });

  it("adamw, decoupled, for chosen parameters", () => {
    expectSteps(adamw({ learningRate: 0.1 }), adamRule(0.1, 0.9, 0.999, 1e-8, 0.01));
    const optimizer = adamw({ learningRate: 0.1, weightDecay: 0.5, mask: (path) => path.endsWith("weight") });
    let decays = 0;
    // The first six values are the weight's.
    expectSteps(optimizer, () => adamRule(0.1, 0.9, 0.999, 1e-8, decays++ < 6 ? 0.5 : 0)());
  });

  it("rmsprop, with momentum", () => {
    const rule = (momentum: number) => () => {
      let [v, velocity] = [0, 0];
      return (w: number, g: number): number => {
        v = 0.9 * v + 0.1 * g * g;
        velocity = momentum * velocity + g / (Math.sqrt(v) + 1e-8);
        return w - 0.01 * velocity;
      };
    };
    expectSteps(rmsprop({ decay: 0.9 }), rule(0));
    expectSteps(rmsprop({ decay: 0.9, momentum: 0.8 }), rule(0.8));
  });

  it("lion, with decay", () => {
    expectSteps(lion({ learningRate: 0.01, weightDecay: 0.1 }), () => {
      let m = 0;
      return (w, g) => {
        const next = w - 0.01 * (Math.sign(0.9 * m + 0.1 * g) + 0.1 * w);
        m = 0.99 * m + 0.01 * g;
        return next;
      };
    });
  });
});

describe("gradient transformations", () => {
  const plain = sgd({ learningRate: 1 });
  const once = <S>(optimizer: Optimizer<S>): number[] => run(optimizer, 1)[0]!;
  const change = <S>(optimizer: Optimizer<S>): number[] =>
    once(optimizer).map((value, i) => flat(params)[i]! - value);
  const g = flat(gradientsAt(0));

  it("clipByValue limits every element", () => {
    expectClose(
      change(chain(clipByValue(0.5), plain)),
      g.map((v) => Math.min(0.5, Math.max(-0.5, v))),
    );
  });

  it("clipByGlobalNorm scales everything together, and only down", () => {
    const norm = Math.hypot(...g);
    expectClose(
      change(chain(clipByGlobalNorm(0.1), plain)),
      g.map((v) => (v * 0.1) / (norm + 1e-6)),
    );
    expectClose(change(chain(clipByGlobalNorm(norm + 1), plain)), g);
  });

  it("weightDecay adds a share of the chosen parameters", () => {
    const w = flat(params);
    expectClose(
      change(chain(weightDecay(0.3), plain)),
      g.map((v, i) => v + 0.3 * w[i]!),
    );
    const matrices = weightDecay(0.3, { mask: (_, parameter) => parameter.shape.length > 1 });
    expectClose(
      change(chain(matrices, plain)),
      g.map((v, i) => (i < 6 ? v + 0.3 * w[i]! : v)),
    );
  });

  it("finds parameters by name where gradients list them in another order", () => {
    const pair = { a: tensor([1, 2]), b: tensor([10, 20]) };
    const gradients = { b: tensor([0, 0]), a: tensor([0, 0]) };
    const onlyA = chain(weightDecay(1, { mask: (path) => path === "a" }), plain);
    const next = onlyA.update(gradients, onlyA.init(pair), pair).params;
    expectClose(valuesOf(next.a), [0, 0]);
    expectClose(valuesOf(next.b), [10, 20]);
  });

  it("chain in the order given, states side by side", () => {
    const w = flat(params);
    const optimizer = chain(weightDecay(10), clipByValue(0.5), adam());
    expectClose(
      change(chain(weightDecay(10), clipByValue(0.5), plain)),
      g.map((v, i) => Math.min(0.5, Math.max(-0.5, v + 10 * w[i]!))),
    );
    const state = optimizer.init(params);
    expect(state.length).toBe(3);
    expectTypeOf(state[2].v).toEqualTypeOf<Params>();
  });
});

describe("accumulate", () => {
  it("steps with the mean of the gradients, and only then", () => {
    const optimizer = accumulate(adam({ learningRate: 0.1 }), 3);
    const steps = run(optimizer, 6);
    const start = flat(params);
    expect(steps[0]).toEqual(start);
    expect(steps[1]).toEqual(start);
    expect(steps[3]).toEqual(steps[2]);
    const rules = start.map(() => adamRule(0.1)());
    let current = start;
    [2, 5].forEach((last, t) => {
      const means = [last - 2, last - 1, last].map((s) => flat(gradientsAt(s)));
      current = current.map((w, i) =>
        rules[i]!(w, (means[0]![i]! + means[1]![i]! + means[2]![i]!) / 3, t + 1),
      );
      expectClose(steps[last]!, current);
    });
    expect(() => accumulate(adam(), 0)).toThrow(
      "accumulate: expected a whole number of updates of at least 1, got 0",
    );
  });
});

describe("ema", () => {
  it("starts at the parameters and moves towards them", () => {
    const average = ema({ decay: 0.75 });
    const moved = mapLeaves((leaf) => add(leaf, 4), params);
    const first = average.update(average.init(params), moved);
    expectClose(
      flat(first),
      flat(params).map((v) => v + 1),
    );
    expectTypeOf(first).toEqualTypeOf<Params>();
  });

  it("given the number of averages taken, follows closely at first", () => {
    const average = ema({ decay: 0.75 });
    const moved = mapLeaves((leaf) => add(leaf, 4), params);
    for (const [step, decay] of [
      [0, 1 / 10],
      [8, 1 / 2],
      [1000, 0.75],
    ] as const) {
      expectClose(
        flat(average.update(params, moved, tensor(step))),
        flat(params).map((v) => v + 4 * (1 - decay)),
      );
    }
  });
});

describe("gradients and states that do not fit, though they would broadcast", () => {
  const rules: Readonly<Record<string, Optimizer<unknown>>> = {
    sgd: sgd({ momentum: 0.9 }),
    adam: adam(),
    adamw: adamw(),
    rmsprop: rmsprop(),
    lion: lion(),
    accumulate: accumulate(adam(), 2),
  };
  const narrow: Params = { ...params, bias: tensor([1]) };
  const cases = Object.entries(rules);

  it.each(cases)("%s", (name, optimizer) => {
    const state = optimizer.init(params);
    const { layers } = params;
    expect(() => optimizer.update(narrow, state, params)).toThrow(
      `${name}: the gradient of "bias" is f32 [1], expected f32 [4]`,
    );
    // From untyped code.
    const less = { layers } as Params;
    expect(() => optimizer.update(less, state, params)).toThrow(
      `${name}: the gradient of "bias" is missing, expected f32 [4]`,
    );
    expect(() => optimizer.update(params, state, less)).toThrow(
      `${name}: the gradient of "bias" is f32 [4], expected none`,
    );
    const [[path]] = leavesWithPaths(optimizer.init(narrow) as Tree<Tensor>).filter(
      ([, leaf]) => leaf.shape[0] === 1,
    ) as [[string, Tensor]];
    expect(() => optimizer.update(params, optimizer.init(narrow), params)).toThrow(
      `${name}: state.${path} is f32 [1], expected f32 [4]; pass what init made for these parameters`,
    );
  });

  it("against what init makes of the parameters, which it is asked once as long as their shapes stay", () => {
    let asked = 0;
    const plain: Optimizer<{ readonly step: Tensor }> = {
      init: () => {
        asked++;
        return { step: tensor(0) };
      },
      update: (_, state, parameters) => ({ params: parameters, state }),
    };
    const optimizer = accumulate(plain, 2);
    let state = optimizer.init(params);
    for (let step = 0; step < 4; step++) ({ state } = optimizer.update(gradientsAt(step), state, params));
    expect(asked).toBe(2);
    optimizer.update(narrow, optimizer.init(narrow), narrow);
    expect(asked).toBe(4);
    expect(() => optimizer.update(params, optimizer.init(narrow), params)).toThrow(
      "accumulate: state.total.bias is f32 [1], expected f32 [4]",
    );
  });

  it.each(
    Object.entries({
      clipByValue: clipByValue(1),
      clipByGlobalNorm: clipByGlobalNorm(1),
      weightDecay: weightDecay(1),
    }),
  )("%s", (name, rule) => {
    expect(() => rule.update(narrow, rule.init(params), params)).toThrow(
      `${name}: the gradient of "bias" is f32 [1], expected f32 [4]`,
    );
  });
});

describe("descent", () => {
  it("reaches the minimum of a badly scaled bowl with every optimiser", () => {
    const scale = tensor([1, 30]);
    const minimum = tensor([2, -1]);
    const loss = (w: Tensor): Tensor => sum(mul(scale, square(sub(w, minimum))));
    const rate = (from: number) => schedules.cosine({ from, steps: 150 });
    const reached = <S>(optimizer: Optimizer<S>): number[] => {
      let w = tensor([0, 0]);
      let state = optimizer.init(w);
      for (let step = 0; step < 150; step++) {
        const result = optimizer.update(grad(loss)(w), state, w);
        ({ params: w, state } = settled(result));
      }
      return valuesOf(w);
    };
    const optimizers = [
      adam({ learningRate: rate(0.2) }),
      adamw({ learningRate: rate(0.2), weightDecay: 0 }),
      rmsprop({ learningRate: rate(0.1) }),
      sgd({ learningRate: 0.01, momentum: 0.9 }),
      sgd({ learningRate: 0.01, momentum: 0.9, nesterov: true }),
      lion({ learningRate: rate(0.1) }),
      chain(clipByGlobalNorm(1), sgd({ learningRate: rate(0.1) })),
    ] as readonly Optimizer<unknown>[];
    for (const optimizer of optimizers) {
      const [a, b] = reached(optimizer);
      expect(Math.hypot(a! - 2, b! + 1)).toBeLessThan(0.05);
    }
  });
});
