import { valueAndGrad } from "@clidim/autograd";
import { cast, compile, matmul, mean, mul, square, sum, type Tensor, tensor, zeros } from "@clidim/tensor";
import { itemOf, settled, valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import { adam, allFinite, type LossScale, lossScaling, sgd } from "../src/index.js";

const flags = [true, false].map((value) => tensor(value ? 1 : 0, { dtype: "bool" })) as [Tensor, Tensor];
const [finite, infinite] = flags;

const numbers = ({ scale, steady, skipped }: LossScale): number[] => [scale, steady, skipped].map(itemOf);

describe("lossScaling", () => {
  it("starts at 65536, doubles after 2000 steps in a row, halves where a step overflows", () => {
    const scaling = lossScaling();
    expect(numbers(scaling.init())).toEqual([65536, 0, 0]);
    const almost = {
      scale: tensor(65536),
      steady: tensor(1999, { dtype: "i32" }),
      skipped: zeros([], "i32"),
    };
    expect(numbers(scaling.update(almost, finite))).toEqual([131072, 0, 0]);
    expect(numbers(scaling.update(almost, infinite))).toEqual([32768, 0, 1]);
    expect(numbers(scaling.update({ ...almost, steady: tensor(7, { dtype: "i32" }) }, finite))).toEqual([
      65536, 8, 0,
    ]);
  });

  it("follows torch.amp.GradScaler through a row of steps", () => {
    const scaling = lossScaling({ initial: 8, interval: 2 });
    let state = scaling.init();
    // growth_tracker counts to the interval and starts again at every change of the scale and at every skipped step.
    const seen = [finite, infinite, finite, finite, finite, infinite, finite, finite].map((flag) => {
      state = settled(scaling.update(state, flag));
      return itemOf(state.scale);
    });
    expect(seen).toEqual([8, 4, 4, 8, 8, 4, 4, 8]);
    expect(itemOf(state.skipped)).toBe(2);
  });

  it("does not fall so far that it cannot be divided by, and takes no step where it cannot", () => {
    const scaling = lossScaling();
    let state = scaling.init();
    for (let i = 0; i < 200; i++) state = settled(scaling.update(state, infinite));
    expect(itemOf(state.scale)).toBe(2 ** -100);
    const params = tensor([1, 2]);
    const gone = { ...state, scale: tensor(0) };
    const stepped = scaling.step(sgd(), tensor([0, 0]), sgd().init(params), params, gone);
    expect(valuesOf(stepped.params)).toEqual([1, 2]);
    expect(itemOf(stepped.finite)).toBe(0);
  });

  it("does not grow beyond what f32 holds", () => {
    const scaling = lossScaling({ initial: 2 ** 127, interval: 1 });
    expect(itemOf(scaling.update(scaling.init(), finite).scale)).toBe(2 ** 127);
  });

  it("steps as without scaling, whatever the optimiser", () => {
    const scaling = lossScaling();
    const state = scaling.init();
    const params = { weight: tensor([1, -2, 3]) };
    const loss = ({ weight }: typeof params): Tensor => sum(square(weight));
    for (const optimizer of [adam(), sgd({ learningRate: 0.1 })] as const) {
      const start = optimizer.init(params);
      const plain = optimizer.update(valueAndGrad(loss)(params).grads, start as never, params);
      const scaled = valueAndGrad((p: typeof params) => scaling.scale(loss(p), state))(params);
      // The state belongs to the optimiser; the union of both hides it.
      const stepped = scaling.step(optimizer as never, scaled.grads, start as never, params, state);
      expect(itemOf(stepped.finite)).toBe(1);
      expect(valuesOf(stepped.params.weight)).toEqual(valuesOf(plain.params.weight));
    }
  });

  it("keeps parameters and state where a gradient of halves overflows, in a compiled step on the device", async () => {
    const scaling = lossScaling({ initial: 2 ** 20 });
    const optimizer = adam();
    const x = tensor([[0.5, 0.25]]);
    type State = { readonly weight: Tensor };
    const step = compile(
      (params: State, state: ReturnType<typeof optimizer.init<State>>, scale: LossScale) => {
        const lossOf = ({ weight }: State): Tensor =>
          scaling.scale(mean(square(cast(matmul(cast(x, "f16"), cast(weight, "f16")), "f32"))), scale);
        const { grads } = valueAndGrad(lossOf)(params);
        const stepped = scaling.step(optimizer, grads, state, params, scale);
        return { params: stepped.params, state: stepped.state, scale: scaling.update(scale, stepped.finite) };
      },
    );
    const weight = tensor([[1], [2]]);
    // The gradient of y = 1 is 2: times 2^15 beyond the largest half, 65504, times 2^14 not.
    let turn = await step({ weight }, optimizer.init({ weight }), scaling.init());
    const steps: number[][] = [];
    for (let i = 0; i < 7; i++) {
      steps.push([
        await turn.scale.scale.item(),
        await turn.scale.skipped.item(),
        await turn.state.step.item(),
      ]);
      turn = await step(turn.params, turn.state, turn.scale);
    }
    expect(steps).toEqual([
      [2 ** 19, 1, 0],
      [2 ** 18, 2, 0],
      [2 ** 17, 3, 0],
      [2 ** 16, 4, 0],
      [2 ** 15, 5, 0],
      [2 ** 14, 6, 0],
      [2 ** 14, 6, 1],
    ]);
    const moved = [...(await turn.params.weight.data())];
    // Adam moves by its learning rate at first; there were two steps.
    expect(moved[0]).toBeCloseTo(1 - 2e-3, 4);
  });

  it("refuses options that cannot be meant", () => {
    expect(() => lossScaling({ backoff: 2 })).toThrow(
      /lossScaling: expected .* got initial 65536, growth 2, backoff 2/,
    );
  });
});

describe("allFinite", () => {
  it("finds an infinity and a NaN in any leaf", () => {
    const good = { a: tensor([1, -2]), b: [tensor(3e30)] };
    expect(itemOf(allFinite(good))).toBe(1);
    expect(itemOf(allFinite({ ...good, b: [tensor(Number.NaN)] }))).toBe(0);
    expect(itemOf(allFinite({ ...good, a: tensor([1, Number.NEGATIVE_INFINITY]) }))).toBe(0);
    expect(itemOf(allFinite({}))).toBe(1);
    expect(itemOf(allFinite([mul(tensor([65504], { dtype: "f16" }), 1)]))).toBe(1);
  });
});
