import { describe, expect, expectTypeOf, it } from "vitest";
import { add, compile, mul, type Tensor, tensor } from "../src/index.js";
import type { TreesOnly } from "../src/run/treesOnly.js";

interface State {
  readonly weight: Tensor;
  readonly bias?: Tensor;
}

interface Nested {
  readonly layers: readonly State[];
  readonly rest: { readonly scale: Tensor };
}

describe("what compile says of types", () => {
  it("is nothing where interfaces hold tensors", async () => {
    expectTypeOf<TreesOnly<[State], Tensor>>().toBeUnknown();
    expectTypeOf<TreesOnly<[Nested, Tensor], State>>().toBeUnknown();
    const step = compile((state: State, x: Tensor): State => ({ weight: mul(state.weight, x) }));
    expectTypeOf(step).toEqualTypeOf<(state: State, x: Tensor) => Promise<State>>();
    const { weight } = await step({ weight: tensor(2) }, tensor(3));
    expect(await weight.item()).toBe(6);
  });

  it("names what is no tree, where it is, and what to do", () => {
    expectTypeOf<
      TreesOnly<[Tensor, number], Tensor>
    >().toEqualTypeOf<"compile: argument 1 is a number: make a tensor of it, or close over it">();
    expectTypeOf<
      TreesOnly<[{ readonly rate: { readonly now: number } }], Tensor>
    >().toEqualTypeOf<"compile: argument 0.rate.now is a number: make a tensor of it, or close over it">();
    expectTypeOf<
      TreesOnly<[Float32Array], Tensor>
    >().toEqualTypeOf<"compile: argument 0 is an array of numbers: make a tensor of it">();
    expectTypeOf<
      TreesOnly<[Tensor | null], Tensor>
    >().toEqualTypeOf<"compile: argument 0 is null: write undefined for what is absent">();
    expectTypeOf<
      TreesOnly<[Tensor], Promise<Tensor>>
    >().toEqualTypeOf<"compile: the function is async, but it is traced, not run: make it synchronous">();
    expectTypeOf<
      TreesOnly<[Tensor], void>
    >().toEqualTypeOf<"compile: the function returns nothing: is a return missing?">();
    expectTypeOf<
      TreesOnly<[Tensor], { readonly loss: Tensor; readonly name: string }>
    >().toEqualTypeOf<"compile: the result.name is a text: close over it, or leave it out">();
  });

  it("is what the compiler prints", () => {
    // @ts-expect-error: argument 1 is a number
    const scaled = compile((x: Tensor, by: number) => mul(x, by));
    expect(scaled).toBeTypeOf("function");
    // @ts-expect-error: the function is async
    const late = compile(async (x: Tensor) => add(x, 1));
    expect(late).toBeTypeOf("function");
  });
});
