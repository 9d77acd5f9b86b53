import {
  add,
  cast,
  concat,
  expandDims,
  formatShape,
  iota,
  lt,
  matmul,
  reshape,
  type Shape,
  scan,
  slice,
  split,
  stack,
  Tensor,
  transpose,
  where,
  zeros,
} from "@clidim/tensor";
import { describe, show } from "@clidim/tensor/expect";
import {
  type AcceptedOptions,
  checkOptions,
  flag,
  fraction,
  initializer,
  required,
  tensorOption,
  wholeFrom,
} from "../checkOptions.js";
import type { Initializer } from "../initializers/initializer.js";
import { uniform } from "../initializers/uniform.js";
import type { Context, Layer, LayerResult, None, Variables } from "../layer.js";
import { mapLeaves } from "../mapLeaves.js";
import { checkedLayer } from "./checkedLayer.js";
import { drop } from "./dropout.js";
import { initWeightAndBias, type WeightAndBias } from "./weights.js";

export interface RecurrentOptions {
  /** Features of the state, H. */
  readonly size: number;
  /** Layers on top of each other. Default 1. */
  readonly layers?: number;
  /** Another one in each layer reads the sequence from its end; features are 2 H then, forward first. Default false. */
  readonly bidirectional?: boolean;
  /** Probability with which an element between two layers is dropped in training. Default 0. */
  readonly dropout?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Of all weights. Default U(-1/sqrt(H), 1/sqrt(H)). */
  readonly weightInit?: Initializer;
  /** Of all biases. Default U(-1/sqrt(H), 1/sqrt(H)). */
  readonly biasInit?: Initializer;
}

/** What these options may be. */
export const recurrentOptions: AcceptedOptions<RecurrentOptions> = {
  size: required(wholeFrom(1)),
  layers: wholeFrom(1),
  bidirectional: flag,
  dropout: fraction,
  bias: flag,
  weightInit: initializer,
  biasInit: initializer,
};

/** One direction of one layer: the gates' weights side by side, in PyTorch's order. */
export type RecurrentCellParams = {
  /** Weight [C, G H], bias [G H]. */
  readonly inputGates: WeightAndBias;
  /** Weight [H, G H], bias [G H]. */
  readonly hiddenGates: WeightAndBias;
};

/** A cell for each layer, and direction. */
export type RecurrentParams = {
  readonly forward: readonly RecurrentCellParams[];
  /** Absent where the layer reads in one direction. */
  readonly backward?: readonly RecurrentCellParams[];
};

/** The state of a plain or gated recurrent layer. */
export type RecurrentState = {
  /** [layers D, N, H], D being 2 where the layer is bidirectional and 1 otherwise: layer by layer, forward first. */
  readonly hidden: Tensor;
};

export interface RecurrentInputs<S extends RecurrentState> {
  /** The state before the first element. Default zeros. */
  readonly state?: S;
  /** How many elements of each sequence count, i32 or u32 [N]: states stay as they are after the last, and outputs are 0. Default: all. */
  readonly lengths?: Tensor;
}

/** A layer that reads sequences, and says in which state they have left it. */
export interface Recurrent<S extends RecurrentState> extends Layer<RecurrentParams, None> {
  /** `apply` that begins in a state, reads sequences of several lengths, and returns the state after the last elements. */
  run(
    variables: Variables<RecurrentParams, None>,
    x: Tensor,
    inputs: RecurrentInputs<S>,
    context: Context,
  ): LayerResult<None> & { readonly state: S };
}

/** What is particular to a kind of recurrence. */
export interface Recurrence<S extends RecurrentState> {
  readonly kind: string;
  /** Of the state. */
  readonly members: readonly (keyof S & string)[];
  /** Gates per element of the state, G. */
  readonly gates: number;
  /** The next state, each member [N, H], by what input and hidden state add to the gates, [N, G H] each. */
  readonly turn: (fromInput: Tensor, fromHidden: Tensor, state: S) => S;
}

/** Gate number `index` of [N, G H]. */
export const gate = (x: Tensor, index: number, size: number): Tensor =>
  slice(x, [0, index * size], [x.shape[0]!, (index + 1) * size]);

const affine = (x: Tensor, { weight, bias }: WeightAndBias): Tensor => {
  const product = matmul(x, cast(weight, x.dtype));
  return bias ? add(product, cast(bias, x.dtype)) : product;
};

/** A recurrent layer of sequences [N, T, C] -> [N, T, D H]. */
export function recurrentLayer<S extends RecurrentState>(
  { kind, members, gates, turn }: Recurrence<S>,
  options: RecurrentOptions,
): Recurrent<S> {
  const { size, layers = 1, bidirectional = false, dropout: rate = 0, bias = true } = options;
  const bound = 1 / Math.sqrt(size);
  const standard = uniform({ low: -bound, high: bound });
  const { weightInit = standard, biasInit = standard } = options;
  const directions = bidirectional ? 2 : 1;
  const check = (shape: Shape): readonly [batch: number, time: number, features: number] => {
    if (shape.length === 3) return shape as readonly [number, number, number]; // as has just been checked
    throw new Error(`${kind}: expected x of shape [N,T,C], got ${formatShape(shape)}`);
  };
  const outputShape = (shape: Shape): Shape => [...check(shape).slice(0, 2), directions * size];

  const initCell = (key: Tensor, features: number): RecurrentCellParams => {
    const [inputKey, hiddenKey] = split(key) as [Tensor, Tensor]; // split makes two unless told otherwise
    const init = (own: Tensor, from: number): WeightAndBias => {
      const fans = { fanIn: from, fanOut: gates * size };
      return initWeightAndBias(own, [from, gates * size], gates * size, fans, { bias, weightInit, biasInit });
    };
    return { inputGates: init(inputKey, features), hiddenGates: init(hiddenKey, size) };
  };

  /** All outputs [T, N, H] and the last state of one direction of one layer, for x [T, N, C]. */
  const pass = (
    cell: RecurrentCellParams,
    x: Tensor,
    first: S,
    reverse: boolean,
    counts: Tensor | undefined,
  ): { readonly carry: S; readonly ys: Tensor } => {
    const [time, batch, features] = x.shape as readonly [number, number, number]; // three axes
    // The inputs of all elements in one product.
    const flat = affine(reshape(x, [time * batch, features]), cell.inputGates);
    const fromInput = reshape(flat, [time, batch, gates * size]);
    const one = (state: S, added: Tensor): S => turn(added, affine(state.hidden, cell.hiddenGates), state);
    if (!counts) {
      return scan<S, Tensor, Tensor>(
        (state, added) => {
          const next = one(state, added);
          return { carry: next, y: next.hidden };
        },
        first,
        fromInput,
        { reverse },
      );
    }
    return scan<S, { readonly added: Tensor; readonly counted: Tensor }, Tensor>(
      (state, { added, counted }) => {
        const carry = mapLeaves((after, before) => where(counted, after, before), one(state, added), state);
        return { carry, y: where(counted, carry.hidden, 0) };
      },
      first,
      { added: fromInput, counted: counts },
      { reverse },
    );
  };

  const run: Recurrent<S>["run"] = ({ params, stats }, x, inputs, context) => {
    checkOptions(`${kind}.run`, inputs, { state: recordOption, lengths: tensorOption });
    const [batch, time, features] = check(x.shape);
    const shape = [layers * directions, batch, size];
    const initial = initialState(kind, members, inputs.state, shape, x);
    const counts = inputs.lengths && countedElements(kind, inputs.lengths, time, batch);
    const expected = params.forward[0]!.inputGates.weight.shape[0]!;
    if (features !== expected) {
      throw new Error(
        `${kind}: x has ${features} features, weight expects ${expected} (x ${formatShape(x.shape)})`,
      );
    }
    const keys = rate > 0 && context.key && layers > 1 ? split(context.key, layers - 1) : [];
    const finals: S[] = [];
    let sequence = transpose(x, [1, 0, 2]);
    // What is beyond its length is not read, whatever it is: times 0, a NaN would be in the gradients of weights.
    if (counts) sequence = where(counts, sequence, 0);
    for (let layer = 0; layer < layers; layer++) {
      if (layer > 0) sequence = drop(kind, sequence, rate, { ...context, key: keys[layer - 1] });
      const outputs = [params.forward, ...(params.backward ? [params.backward] : [])].map(
        (cells, direction) => {
          const place = layer * directions + direction;
          const first = mapLeaves((all) => reshape(slice(all, [place], [place + 1]), [batch, size]), initial);
          const { carry, ys } = pass(cells[layer]!, sequence, first, direction === 1, counts);
          finals.push(carry);
          return ys;
        },
      );
      sequence = outputs.length === 1 ? outputs[0]! : concat(outputs, -1);
    }
    const last = Object.fromEntries(
      members.map((member) => [
        member,
        stack(
          finals.map((state) => state[member] as Tensor),
          0,
        ),
      ]),
    );
    // The members of S are tensors, and those in `members`.
    return { output: transpose(sequence, [1, 0, 2]), state: last as S, stats };
  };

  const layer = checkedLayer<RecurrentParams, None>({
    kind,
    init(key, inputShape) {
      const [, , features] = check(inputShape);
      const keys = split(key, layers * directions);
      const cells = (direction: number): RecurrentCellParams[] =>
        Array.from({ length: layers }, (_, at) =>
          initCell(keys[at * directions + direction]!, at === 0 ? features : directions * size),
        );
      return { params: { forward: cells(0), ...(bidirectional && { backward: cells(1) }) }, stats: {} };
    },
    apply: (variables, x, context) => run(variables, x, {}, context),
    outputShape,
  });
  return { ...layer, run };
}

const recordOption = {
  text: "a record of tensors",
  test: (value: unknown): boolean => typeof value === "object" && value !== null,
  required: false,
};

/** The state that was given, or zeros; throws where it is not one of this shape. */
function initialState<S extends RecurrentState>(
  kind: string,
  members: readonly (keyof S & string)[],
  given: S | undefined,
  shape: Shape,
  x: Tensor,
): S {
  const entries = members.map((member): [string, Tensor] => {
    if (!given) return [member, zeros(shape, x.dtype)];
    const value: unknown = given[member];
    if (
      !(value instanceof Tensor) ||
      formatShape(value.shape) !== formatShape(shape) ||
      value.dtype !== x.dtype
    ) {
      throw new Error(
        `${kind}: expected state.${member} of ${x.dtype} ${formatShape(shape)}, got ${value instanceof Tensor ? describe(value) : show(value)}`,
      );
    }
    return [member, value];
  });
  return Object.fromEntries(entries) as S; // the members of S
}

/** Whether each element counts, bool [T, N, 1]. */
function countedElements(kind: string, lengths: Tensor, time: number, batch: number): Tensor {
  const whole = lengths.dtype === "i32" || lengths.dtype === "u32";
  if (!whole || formatShape(lengths.shape) !== `[${batch}]`) {
    throw new Error(`${kind}: expected lengths of i32 [${batch}], got ${describe(lengths)}`);
  }
  return lt(iota([time, batch, 1], 0), expandDims(expandDims(cast(lengths, "i32"), 0), -1));
}
