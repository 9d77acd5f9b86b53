/** Primitives that PyTorch has nothing for to compare with: they are tested elsewhere. */
export const withoutCounterpart: readonly string[] = [
  "input",
  "randomBits",
  "barrier",
  "scan",
  "cond",
  "kernel",
];

const atNaN =
  "the derivative at a NaN: PyTorch's formula stops the gradient there, or does so in its vectorised loops and not in the rest; here it is that of the branch taken";
const atZero =
  "the derivative in a divisor of 0: PyTorch's quotient is infinite there, here it is recovered from the remainder, which is NaN";
const halfAtNaN = "the derivative at a NaN: PyTorch has 1/2 there, which is that at 0";
const atInfinity = "the limit at infinity: PyTorch has NaN there, where its formula is infinity times 0";
const beyondRange =
  "the derivative where the length is beyond f32: PyTorch divides by infinity, here it is what it is, from the parts";
const root =
  "PyTorch takes a root for an exponent of 1/2, and that of -infinity is NaN; as a power it is infinite, by IEEE 754";

/** Why results here are not PyTorch's, by the part of a case: its value, or the gradient of an input. */
export const differences: Readonly<Record<string, string>> = {
  "relu6: gradient 0": atNaN,
  "elu: gradient 0": atNaN,
  "elu, alpha: gradient 0": atNaN,
  "selu: gradient 0": atNaN,
  "hardSigmoid: gradient 0": atNaN,
  "clip: gradient 0": atNaN,
  "clip, crossed: gradient 0": atNaN,
  "clip, tensors: gradient 0": atNaN,
  "clip, tensors: gradient 1": atNaN,
  "acosh: gradient 0":
    "the derivative below 1, where acosh is NaN: NaN here, in PyTorch the root of 1 / (x^2 - 1), which is finite below -1",
  "hardSwish: gradient 0":
    "PyTorch's vectorised loop has 1 at 3, where its formula and this library have 3/2",
  "erfinv: gradient 0":
    "the derivative at -1 and 1: infinite in PyTorch, NaN here, where it is 0 times infinity",
  "i1: gradient 0": halfAtNaN,
  "i1e: gradient 0": halfAtNaN,
  "i1e, special: gradient 0": halfAtNaN,
  "i0, infinite: value": atInfinity,
  "i1, infinite: value": atInfinity,
  "polygamma, 2, infinite: value": atInfinity,
  "j0, infinite: value": atInfinity,
  "j1, infinite: value": atInfinity,
  "y0, infinite: value": atInfinity,
  "y1, infinite: value": atInfinity,
  "hypot, large: gradient 0": beyondRange,
  "hypot, large: gradient 1": beyondRange,
  "nanMedian, all: gradient 0":
    "of equal ones in the middle, PyTorch's median of all elements spreads the gradient over them; here one has it, as along an axis",
  "softShrink, special: value": "PyTorch 1.13 makes 0 of a NaN; PyTorch 2.13 keeps it, as here",
  "xlogy: gradient 1":
    "the derivative in y where x and y are 0: PyTorch divides them, here it is 0, as for any other y",
  "copysign: gradient 0": "the derivative at a NaN: PyTorch's is NaN, here 0, the sign of a NaN being 0",
  "nanMean, nothing else: gradient 0":
    "of nothing but NaN: PyTorch's gradient is NaN, here it is 0, as what is NaN gets none",
  "rem: gradient 1": atZero,
  "mod: gradient 1": atZero,
  "pow, to 0.5: value": root,
  "pow, to 0.5: gradient 0": root,
  "pow, to -0.5: value": root,
  "variance, nothing finite -1: gradient 0":
    "of a row with an infinity, whose mean is not finite: infinite in PyTorch beside the infinity, NaN here",
  "prod, holes all: gradient 0":
    "PyTorch leaves out the other factors where one is 0, a NaN among them; here a product with a NaN is NaN",
};
