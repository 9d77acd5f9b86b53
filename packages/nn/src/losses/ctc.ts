import {
  add,
  all,
  and,
  broadcastTo,
  cast,
  concat,
  div,
  eq,
  exp,
  expandDims,
  formatShape,
  full,
  gt,
  iota,
  isFloat,
  log,
  lt,
  max,
  maximum,
  mean,
  mul,
  ne,
  neg,
  not,
  or,
  rem,
  reshape,
  scan,
  slice,
  squeeze,
  stack,
  stopGradient,
  sub,
  sum,
  Tensor,
  takeAlongAxis,
  transpose,
  where,
} from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import { checkOptions, flag, tensorOption, wholeFrom } from "../checkOptions.js";
import { isBelow, nanUnless } from "./knownLabels.js";
import { checkIntegers } from "./operands.js";
import { type LossOptions, lossOptions, reduce } from "./reduction.js";

export interface CtcOptions extends LossOptions {
  /** Elements of each sequence that count, i32 or u32 [N]. Default: all T. */
  readonly inputLengths?: Tensor;
  /** Labels of each target that count, i32 or u32 [N]. Default: all S. */
  readonly targetLengths?: Tensor;
  /** The class of what is no label. Default 0. */
  readonly blank?: number;
  /** Sequences that are too short for their targets count 0 instead of infinity. Default false. */
  readonly zeroInfinity?: boolean;
}

/** The logarithm of a probability of 0. Finite, since devices need not honour infinities; no sum of logarithms comes near. */
const never = -1e30;

/** log(sum exp) over the last axis, with the largest taken out. */
function logSum(x: Tensor): Tensor {
  const largest = stopGradient(max(x, -1, { keepDims: true }));
  return add(log(sum(exp(sub(x, largest)), -1)), squeeze(largest, -1));
}

/**
 * Minus the logarithm of the probability that a sequence, once repetitions are drawn together and blanks left out, reads as the target:
 * logProbabilities [N, T, C], targets [N, S] (i32 or u32, padded with anything). PyTorch's CTCLoss, batch first (Graves et al., Connectionist temporal
 * classification, 4.1): "mean" divides each loss by the length of its target. A target that its sequence is too short for has the loss
 * infinity, and no gradient; that of a label that is no class, and of a length beyond T or S, is NaN (`compile`'s `debug.nan` finds it). Takes T steps, one after the other (`scan`).
 */
export function ctc(logProbabilities: Tensor, targets: Tensor, options: CtcOptions = {}): Tensor {
  const op = "ctc";
  checkOptions(op, options, {
    ...lossOptions,
    inputLengths: tensorOption,
    targetLengths: tensorOption,
    blank: wholeFrom(0),
    zeroInfinity: flag,
  });
  const { blank = 0, zeroInfinity = false, reduction = "mean" } = options;
  const [batch, time, labels] = extentsOf(op, logProbabilities, targets, options);
  const lengthsOf = (given: Tensor | undefined, all: number): Tensor =>
    given ? cast(given, "i32") : full([batch], all, "i32");
  const inputLengths = lengthsOf(options.inputLengths, time);
  const targetLengths = lengthsOf(options.targetLengths, labels);

  // Blanks before, between and after the labels: states 0 .. 2 S.
  const states = 2 * labels + 1;
  const blanks = full([batch, labels], blank, "i32");
  const wanted = cast(targets, "i32");
  const read = concat(
    [reshape(stack([blanks, wanted], -1), [batch, 2 * labels]), full([batch, 1], blank, "i32")],
    1,
  );
  const wide = cast(logProbabilities, "f32");
  const emitted = takeAlongAxis(wide, broadcastTo(expandDims(read, 1), [batch, time, states]), 2);
  const shifted = (x: Tensor, by: number, fill: number): Tensor =>
    by >= states
      ? full([batch, states], fill, x.dtype)
      : concat([full([batch, by], fill, x.dtype), slice(x, [0, 0], [batch, states - by])], 1);
  // From a label to the next one, unless they are the same: a blank has to be between these.
  const isLabel = eq(rem(iota([batch, states], 1), 2), 1);
  const skips = and(isLabel, ne(read, shifted(read, 2, -1)));

  // Turn by turn, [T, N, states].
  const turns = transpose(emitted, [1, 0, 2]);
  const first = reshape(slice(turns, [0], [1]), [batch, states]);
  const { carry: walked } = scan(
    (before: Tensor, { emits, counts }: { readonly emits: Tensor; readonly counts: Tensor }) => {
      const skipped = where(skips, shifted(before, 2, never), never);
      const ways = stack([before, shifted(before, 1, never), skipped], -1);
      // What lies below any probability stays there instead of losing digits.
      const next = maximum(add(logSum(ways), emits), never);
      return { carry: where(counts, next, before), y: undefined };
    },
    where(lt(iota([batch, states], 1), 2), maximum(first, never), never),
    {
      emits: slice(turns, [1], [time]),
      counts: lt(add(iota([time - 1, batch, 1], 0), 1), expandDims(inputLengths, 1)),
    },
  );

  // Of a sequence of no elements nothing is read: that is an empty target, and no other.
  const nothing = where(eq(iota([batch, states], 1), 0), 0, never);
  const forward = where(gt(expandDims(inputLengths, 1), 0), walked, nothing);
  const last = expandDims(mul(targetLengths, 2), 1);
  const position = iota([batch, states], 1);
  const ended = and(gt(position, sub(last, 2)), lt(position, add(last, 1)));
  const loss = neg(logSum(where(ended, forward, never)));
  const impossible = gt(loss, -never / 2);
  const each = where(impossible, zeroInfinity ? 0 : Number.POSITIVE_INFINITY, loss);
  const isRead = lt(iota([batch, labels], 1), expandDims(targetLengths, 1));
  const known = and(
    all(or(isBelow(wanted, logProbabilities.shape[2]!), not(isRead)), 1),
    and(isBelow(inputLengths, time + 1), isBelow(targetLengths, labels + 1)),
  );
  const losses = nanUnless(known, each);
  if (reduction !== "mean") return reduce(losses, reduction);
  return mean(div(losses, cast(maximum(targetLengths, 1), "f32")));
}

function extentsOf(
  op: string,
  logProbabilities: Tensor,
  targets: Tensor,
  { inputLengths, targetLengths, blank = 0 }: CtcOptions,
): readonly [batch: number, time: number, labels: number] {
  const x = logProbabilities;
  if (!(x instanceof Tensor) || !isFloat(x.dtype) || x.shape.length !== 3 || x.shape[1] === 0) {
    throw new Error(
      `${op}: expected logProbabilities of shape [N,T,C], floating point, T at least 1, got ${show(x)}`,
    );
  }
  const [batch, time, classes] = x.shape as readonly [number, number, number];
  if (blank >= classes) throw new Error(`${op}: blank must be one of the ${classes} classes, got ${blank}`);
  if (!(targets instanceof Tensor) || targets.shape.length !== 2 || targets.shape[0] !== batch) {
    throw new Error(
      `${op}: expected targets of shape [N,S] for logProbabilities ${formatShape(x.shape)}, got ${show(targets)}; pad shorter ones and pass targetLengths`,
    );
  }
  checkIntegers(op, "targets", targets, targets.shape);
  for (const [name, lengths] of Object.entries({ inputLengths, targetLengths })) {
    if (lengths) checkIntegers(op, name, lengths, [batch]);
  }
  return [batch, time, targets.shape[1]!];
}
