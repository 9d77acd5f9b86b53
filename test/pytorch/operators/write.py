"""
Writes test/fixtures/operators.jsonl: what PyTorch computes for samples of every operation, and its gradients.

    python3 test/pytorch/operators/write.py

A line is an input, {"input", "dtype", "shape", "values"}, or a case, {"op", "inputs", "options", "results", "gradients"}: the operation by this library's name, the names of
its inputs, and per result and per input values, all in this library's layout (channels last). The gradient is that of sum(w * result) over all results that are floats, with
w[i] = 1/2 + (37 i mod 11) / 8; null where there is none. NaN and infinities are strings. Made with PyTorch 1.13.
"""

import json
import math
import pathlib
import warnings

import numpy as np
import scipy.signal.windows as W
import torch
import torch.nn.functional as F

warnings.simplefilter("ignore")
torch.manual_seed(0)
nan, inf = math.nan, math.inf
rng = np.random.default_rng(0)
dtypes = {torch.float32: "f32", torch.int32: "i32", torch.int64: "i32", torch.bool: "bool"}

inputs: dict[str, torch.Tensor] = {}
cases = []


def given(name, values, dtype=torch.float32):
    inputs[name] = torch.tensor(np.array(values), dtype=dtype)


def normal(name, *shape, scale=1.0):
    given(name, np.round(rng.normal(size=shape) * scale, 3))


def listed(x):
    def one(v):
        if isinstance(v, bool) or isinstance(v, int):
            return v
        if math.isnan(v):
            return "NaN"
        if math.isinf(v):
            return "Infinity" if v > 0 else "-Infinity"
        short = float(np.format_float_positional(np.float32(v), unique=True)) if abs(v) < 1e16 and abs(v) > 1e-6 else float(f"{v:.9g}")
        return int(short) if short == int(short) and abs(short) < 2**53 and not (short == 0 and math.copysign(1, short) < 0) else short

    return [one(v) for v in x.detach().reshape(-1).tolist()]


def case(op, f, *names, gradient=True, sample="", **options):
    args = [inputs[n].clone() for n in names]
    floats = [a.requires_grad_() for a in args if a.is_floating_point()]
    results = f(*args)
    results = list(results) if isinstance(results, (tuple, list)) else [results]
    gradients = [None] * len(args)
    outputs = [r for r in results if r.is_floating_point() and r.requires_grad]
    if gradient and floats and outputs:
        loss = sum(
            (r.reshape(-1) * (0.5 + (37 * torch.arange(r.numel()) % 11) / 8)).sum() for r in outputs
        )
        found = iter(torch.autograd.grad(loss, floats, allow_unused=True))
        for i, a in enumerate(args):
            if a.is_floating_point():
                g = next(found)
                gradients[i] = listed(torch.zeros_like(a) if g is None else g)
    cases.append(
        {
            "op": op,
            **({"sample": sample} if sample else {}),
            "inputs": list(names),
            "options": options,
            "results": [{"dtype": dtypes[r.dtype], "shape": list(r.shape), "values": listed(r)} for r in results],
            "gradients": gradients,
        }
    )


# Inputs.
special = [nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -2.5, 3.0, -3.0, 6.0, 0.1, -0.2, 15.0, -15.0, 30.0, -30.0]
given("special", special)
given("ends", [1.0, -1.0, 0.0, 0.3, -0.7, 0.999, 1.5, -2.0, nan, inf])
edge = [nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 7.25]
given("a", [x for x in edge for _ in edge])
given("b", [y for _ in edge for y in edge])
given("large", [1e9, 1e8, 3e38, -3e38, 1e20, 16777215.0, -5.5, 5.5])
given("moduli", [7.0, 7.0, 1e-3, 0.1, -3.0, 1e-3, 2.0, -2.0])
given("scalar", 1.5)
given("missing", nan)
normal("matrix", 3, 4)
normal("other", 3, 4)
normal("row", 4)
normal("column", 3, 1)
normal("cube", 2, 3, 4)
given("ties", [[3.0, 1.0, 3.0, 2.0], [0.0, 0.0, -1.0, 0.0], [2.0, 2.0, 2.0, 2.0]])
given("holes", [[3.0, nan, 1.0, nan, inf, 2.0], [-inf, nan, -inf, 0.0, -0.0, 5.0], [4.0, 3.0, 2.0, 1.0, 0.0, -1.0]])
given("nothing finite", [[-inf, -inf, -inf], [inf, 1.0, inf], [1.0, -inf, 2.0]])
given("factors", [[2.0, 3.0, 4.0, 0.5], [0.0, 3.0, 4.0, 5.0], [0.0, 2.0, 0.0, 1.0], [nan, 0.0, 1.0, inf]])
given("integers", [-7, -1, 0, 3, 8, 2147483647, 7, -8], torch.int32)
given("divisors", [2, 3, -4, 5, -6, 7, -3, 3], torch.int32)
given("few", [2, -3, 0, 1, -1, 5, -2, 10], torch.int32)
given("exponents", [3, 3, 0, 7, -3, -1, 31, 2], torch.int32)
given("numbers", [[5, 1, 5], [-2, 9, 0]], torch.int32)
given("bools", [[True, False, True], [False, False, True]], torch.bool)
given("bits", [[True, True, False], [False, True, False]], torch.bool)
given("truth", [[True, False, True, False]] * 3, torch.bool)
given("places", [2, 0, 2], torch.int32)
normal("left", 2, 3, 5)
normal("right", 2, 5, 4)
normal("image", 2, 7, 6, 4)
normal("kernel", 3, 2, 2, 6)
normal("kernel of all", 3, 2, 4, 6)
normal("signal", 2, 9, 4)
normal("filter", 3, 2, 6)
normal("volume", 1, 4, 5, 4, 2)
normal("block", 2, 3, 2, 2, 3)
normal("small", 1, 4, 3, 6)
given("points", [[[0.3, 0.6], [2.5, 1.1], [5.4, 3.2], [-0.6, 0.5], [6.7, 5.2]], [[1.2, 2.3], [0.2, 4.4], [3.3, 3.8], [4.6, 0.9], [2.1, 5.5]]])

# Functions of each element.
unary = {
    "abs": torch.abs, "sign": torch.sign, "floor": torch.floor, "ceil": torch.ceil, "trunc": torch.trunc, "round": torch.round, "neg": torch.neg,
    "sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "square": torch.square, "reciprocal": torch.reciprocal,
    "exp": torch.exp, "exp2": torch.exp2, "expm1": torch.expm1, "log": torch.log, "log2": torch.log2, "log10": torch.log10, "log1p": torch.log1p,
    "sin": torch.sin, "cos": torch.cos, "tan": torch.tan, "atan": torch.atan, "sinh": torch.sinh, "cosh": torch.cosh, "tanh": torch.tanh, "asinh": torch.asinh, "acosh": torch.acosh, "nanToNum": torch.nan_to_num, "erf": torch.erf, "erfc": torch.erfc,
    "relu": F.relu, "relu6": F.relu6, "leakyRelu": F.leaky_relu, "elu": F.elu, "selu": F.selu, "sigmoid": torch.sigmoid,
    "logSigmoid": F.logsigmoid, "hardSigmoid": F.hardsigmoid, "softplus": F.softplus, "silu": F.silu, "mish": F.mish, "hardSwish": F.hardswish,
    "gelu": F.gelu, "isnan": torch.isnan, "isinf": torch.isinf, "isfinite": torch.isfinite,
}
for name, f in unary.items():
    case(name, f, "special")
for name, f in {"asin": torch.asin, "acos": torch.acos, "atanh": torch.atanh, "erfinv": torch.erfinv}.items():
    case(name, f, "ends")
for name in ["exp", "tanh", "sigmoid", "relu", "isnan"]:
    case(name, unary[name], "scalar", sample="0-d")
    case(name, unary[name], "missing", sample="0-d NaN")
case("gelu", lambda x: F.gelu(x, approximate="tanh"), "special", sample="tanh", approximate="tanh")
case("elu", lambda x: F.elu(x, 0.5), "special", sample="alpha", alpha=0.5)
case("leakyRelu", lambda x: F.leaky_relu(x, 0.2), "special", sample="slope", slope=0.2)
case("glu", lambda x: F.glu(x, 1), "matrix", axis=1)
for dtype, name in [(torch.int32, "i32"), (torch.bool, "bool")]:
    case("cast", lambda x: x.to(dtype), "special" if name == "bool" else "ties", sample=name, dtype=name)
case("cast", lambda x: x.to(torch.float32), "integers", sample="from integers", dtype="f32")
case("cast", lambda x: x.to(torch.float32), "bools", sample="from bools", dtype="f32")
case("cast", lambda x: x.to(torch.int32), "bools", sample="bools to integers", dtype="i32")
for name in ["abs", "neg", "sign", "square"]:
    case(name, unary[name], "integers", sample="integers")

# Functions of two.
binary = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "rem": torch.fmod, "pow": torch.pow,
    "maximum": torch.maximum, "minimum": torch.minimum,
    "eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt, "ge": torch.ge,
}
for name, f in binary.items():
    case(name, f, "a", "b")
    case(name, f, "row", "column", sample="broadcast")
case("rem", torch.fmod, "large", "moduli", sample="large", gradient=False)
for exponent in [0, 1, 2, 3, -1, -2, 0.5, -0.5, 2.5]:
    case("pow", lambda x: torch.pow(x, exponent), "special", sample=f"to {exponent}", exponent=exponent)
case("pow", lambda x: torch.pow(2.0, x), "special", sample="of 2", base=2)
for name in ["add", "sub", "mul", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge"]:
    case(name, binary[name], "integers", "divisors", sample="integers")
case("div", lambda a, b: torch.div(a, b, rounding_mode="trunc"), "integers", "divisors", sample="integers")
case("rem", torch.fmod, "integers", "divisors", sample="integers")
case("pow", torch.pow, "few", "exponents", sample="integers")
case("clip", lambda x: torch.clamp(x, -1, 2.5), "special", low=-1, high=2.5)
case("clip", lambda x: torch.clamp(x, 2, -2), "special", sample="crossed", low=2, high=-2)
case("clip", lambda x, low: torch.clamp(x, low, torch.full_like(low, 2.0)), "a", "b", sample="tensors", high=2)
case("clip", lambda x: torch.clamp(x, -1, 5), "integers", sample="integers", low=-1, high=5)
case("where", torch.where, "truth", "matrix", "other")
case("where", torch.where, "truth", "row", "column", sample="broadcast")
logic = {"and": (torch.logical_and, torch.bitwise_and), "or": (torch.logical_or, torch.bitwise_or), "xor": (torch.logical_xor, torch.bitwise_xor)}
for name, (logical, bitwise) in logic.items():
    case(name, logical, "bools", "bits")
    case(name, bitwise, "integers", "divisors", sample="integers")
case("not", torch.logical_not, "bools")
case("not", torch.bitwise_not, "integers", sample="integers")
case("shiftLeft", lambda x: torch.bitwise_left_shift(x, 3), "few", by=3)
case("shiftRight", lambda x: torch.bitwise_right_shift(x, 1), "integers", by=1)

# Reductions, and what looks along an axis.
for x, axis in [("cube", 0), ("ties", -1), ("holes", -1), ("nothing finite", -1)]:
    case("sum", lambda t: torch.sum(t, axis), x, sample=f"{x} {axis}", axis=axis)
    case("mean", lambda t: torch.mean(t, axis, keepdim=True), x, sample=f"{x} {axis}", axis=axis, keepDims=True)
    case("max", lambda t: torch.amax(t, axis), x, sample=f"{x} {axis}", axis=axis)
    case("min", lambda t: torch.amin(t, axis), x, sample=f"{x} {axis}", axis=axis)
    case("argmax", lambda t: torch.argmax(t, axis), x, sample=f"{x} {axis}", axis=axis)
    case("argmin", lambda t: torch.argmin(t, axis), x, sample=f"{x} {axis}", axis=axis)
    case("softmax", lambda t: torch.softmax(t, axis), x, sample=f"{x} {axis}", axis=axis)
    case("logSoftmax", lambda t: torch.log_softmax(t, axis), x, sample=f"{x} {axis}", axis=axis)
    case("logSumExp", lambda t: torch.logsumexp(t, axis), x, sample=f"{x} {axis}", axis=axis)
    case("cumsum", lambda t: torch.cumsum(t, axis), x, sample=f"{x} {axis}", axis=axis)
    case("variance", lambda t: torch.var(t, axis, unbiased=False), x, sample=f"{x} {axis}", axis=axis)
for x in ["cube", "holes"]:
    case("sum", torch.sum, x, sample=f"{x} all")
    case("max", torch.amax, x, sample=f"{x} all")
    case("argmax", torch.argmax, x, sample=f"{x} all")
    case("prod", torch.prod, x, sample=f"{x} all")
case("variance", lambda t: torch.var(t, (0, 2), unbiased=True), "cube", sample="unbiased", axis=[0, 2], correction=1)
for axis in [0, 1]:
    case("prod", lambda t: torch.prod(t, axis), "factors", sample=f"{axis}", axis=axis)
for x in ["ties", "holes"]:
    for descending in [False, True]:
        order = lambda t: torch.sort(t, dim=1, descending=descending, stable=True)
        case("sort", lambda t: order(t).values, x, sample=f"{x} {descending}", axis=1, descending=descending)
        case("argsort", lambda t: order(t).indices, x, sample=f"{x} {descending}", axis=1, descending=descending)
case("sort", lambda t: torch.sort(t, dim=0).values, "cube", sample="axis 0", axis=0)
case("sort", lambda t: torch.sort(t, dim=1).values, "numbers", sample="integers", axis=1, descending=False)
case("topK", lambda t: tuple(torch.topk(t, 3, dim=1)), "matrix", k=3, axis=1)
case("topK", lambda t: tuple(torch.topk(t, 3, dim=1)), "holes", sample="holes", k=3, axis=1)
for name, f in {"sum": torch.sum, "max": torch.amax, "min": torch.amin, "prod": torch.prod}.items():
    case(name, lambda t: f(t), "numbers", sample="integers all")
case("cumsum", lambda t: torch.cumsum(t, 1), "numbers", sample="integers", axis=1)
case("argmax", lambda t: torch.argmax(t, 1), "numbers", sample="integers", axis=1)
for name in ["add", "mul", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge"]:
    case(name, binary[name], "bools", "bits", sample="bools")
for name in ["floor", "ceil", "trunc", "round"]:
    case(name, unary[name], "integers", sample="integers")
case("mod", torch.remainder, "a", "b")
case("mod", torch.remainder, "integers", "divisors", sample="integers")
case("floorDivide", torch.floor_divide, "a", "b", gradient=False)
case("floorDivide", torch.floor_divide, "integers", "divisors", sample="integers")
for name, f in {"logicalAnd": torch.logical_and, "logicalOr": torch.logical_or, "logicalXor": torch.logical_xor}.items():
    case(name, f, "a", "b")
case("logicalNot", torch.logical_not, "special")
for name, f in {"sum": torch.sum, "prod": torch.prod, "max": torch.amax, "min": torch.amin}.items():
    case(name, lambda t: f(t, 1), "bools", sample="bools", axis=1)
case("cumsum", lambda t: torch.cumsum(t, 1), "bools", sample="bools", axis=1)
case("sort", lambda t: torch.sort(t, dim=1).values, "bools", sample="bools", axis=1)
case("any", lambda t: torch.any(t, 1), "holes", sample="numbers", axis=1)
case("all", lambda t: torch.all(t, 1), "factors", sample="numbers", axis=1)
case("any", lambda t: torch.any(t, 1), "bools", axis=1)
case("all", lambda t: torch.all(t, 0), "bools", axis=0)

# Shapes and places.
case("reshape", lambda t: t.reshape(4, 6), "cube", shape=[4, 6])
case("broadcastTo", lambda t: t.expand(2, 3, 4), "column", shape=[2, 3, 4])
case("transpose", lambda t: t.permute(2, 0, 1), "cube", axes=[2, 0, 1])
case("squeeze", lambda t: t.squeeze(1), "column", axis=1)
case("expandDims", lambda t: t.unsqueeze(1), "matrix", axis=1)
case("slice", lambda t: t[0:3:2, 1:4], "matrix", start=[0, 1], stop=[3, 4], step=[2, 1])
case("flip", lambda t: t.flip(0, 2), "cube", axes=[0, 2])
case("roll", lambda t: torch.roll(t, 3, 1), "matrix", shift=3, axis=1)
case("concat", lambda a, b: torch.cat([a, b], 1), "matrix", "column", axis=1)
case("stack", lambda a, b: torch.stack([a, b], 1), "matrix", "other", axis=1)
case("chunk", lambda t: torch.chunk(t, 2, 1), "matrix", count=2, axis=1)
case("tile", lambda t: t.tile(2, 3), "matrix", repeats=[2, 3])
case("repeat", lambda t: torch.repeat_interleave(t, 2, 1), "matrix", count=2, axis=1)
case("tril", lambda t: torch.tril(t, 1), "cube", diagonal=1)
case("triu", lambda t: torch.triu(t, -1), "cube", diagonal=-1)
for mode, theirs in [("constant", "constant"), ("reflect", "reflect"), ("edge", "replicate")]:
    border = lambda t: F.pad(t.permute(0, 3, 1, 2), (2, 1, 1, 2), theirs).permute(0, 2, 3, 1)
    case("pad", border, "image", sample=mode, widths=[[0, 0], [1, 2], [2, 1], [0, 0]], mode=mode)
case("take", lambda t, i: torch.index_select(t, 1, i), "matrix", "places", axis=1)
case("scatterAdd", lambda t, i: torch.zeros(4, 4).index_add(0, i, t), "matrix", "places", axis=0, size=4)
case("oneHot", lambda i: F.one_hot(i.long(), 4).float(), "places", depth=4)

# What starts from nothing.
case("arange", lambda: torch.arange(-3, 9, 2), start=-3, stop=9, step=2)
case("arange", lambda: torch.arange(0, 1, 0.125), sample="floats", start=0, stop=1, step=0.125)
case("linspace", lambda: torch.linspace(-1, 2, 7), start=-1, stop=2, count=7)
case("linspace", lambda: torch.linspace(0, -7, 4, dtype=torch.int32), sample="integers", start=0, stop=-7, count=4, dtype="i32")
case("eye", lambda: torch.eye(3), n=3)
case("full", lambda: torch.full((2, 3), nan), shape=[2, 3], value="NaN")

# Contractions.
case("matmul", torch.matmul, "left", "right")
case("matmul", torch.matmul, "matrix", "row", sample="vector")
case("einsum", lambda a, b: torch.einsum("bij,bjk->ki", a, b), "left", "right", equation="bij,bjk->ki")


def channels_first(x):
    return x.movedim(-1, 1)


def channels_last(x):
    return x.movedim(1, -1)


def weights(w):
    return w.movedim(-1, 0).movedim(-1, 1)


conv = {"conv1d": F.conv1d, "conv2d": F.conv2d, "conv3d": F.conv3d}
for op, x, w, groups, stride, padding in [
    ("conv1d", "signal", "filter", 2, 2, 1),
    ("conv2d", "image", "kernel", 2, [2, 1], [1, 0]),
    ("conv2d", "image", "kernel of all", 1, 1, 1),
    ("conv3d", "volume", "block", 1, [2, 1, 1], 1),
]:
    f = lambda x, w: channels_last(conv[op](channels_first(x), weights(w), stride=stride, padding=padding, groups=groups))
    case(op, f, x, w, sample=f"{w}", stride=stride, padding=padding, groups=groups)
case(
    "convTranspose2d",
    lambda y, w: channels_last(F.conv_transpose2d(channels_first(y), weights(w), stride=2, padding=1)),
    "small", "kernel of all", stride=2, padding=1,
)
case("maxPool2d", lambda x: channels_last(F.max_pool2d(channels_first(x), 3, 2, 1)), "image", kernel=3, stride=2, padding=1)
case("maxPool2d", lambda x: channels_last(F.max_pool2d(channels_first(x), 2)), "image", sample="tiles", kernel=2)
case("avgPool2d", lambda x: channels_last(F.avg_pool2d(channels_first(x), 3, 2, 1)), "image", kernel=3, stride=2, padding=1)
case("resizeNearest", lambda x: channels_last(F.interpolate(channels_first(x), (10, 4), mode="nearest")), "image", size=[10, 4])
case("resizeBilinear", lambda x: channels_last(F.interpolate(channels_first(x), (10, 4), mode="bilinear")), "image", size=[10, 4])


def sample(x, points, border):
    n, h, w, _ = x.shape
    grid = torch.stack([(2 * points[..., 1] + 1) / w - 1, (2 * points[..., 0] + 1) / h - 1], -1)[:, None]
    mode = "border" if border else "zeros"
    return channels_last(F.grid_sample(channels_first(x), grid, padding_mode=mode, align_corners=False))[:, 0]


case("sampleBilinear", lambda x, p: sample(x, p, False), "image", "points", padding="zeros")
case("sampleBilinear", lambda x, p: sample(x, p, True), "image", "points", sample="border", padding="border")

# Fourier transforms, complex numbers as two inputs or results.
given("real part", np.round(np.cos(np.arange(60) ** 2), 3).reshape(2, 6, 5))
given("imaginary part", np.round(np.sin(np.arange(60) ** 2 + 1), 3).reshape(2, 6, 5))
parts = ["real part", "imaginary part"]
given("counts", (np.arange(8) ** 2 % 5).reshape(2, 4), torch.int32)
pair = lambda z: (z.real, z.imag)
for op in ["fft", "ifft"]:
    f = getattr(torch.fft, op)
    case(op, lambda x, y: pair(f(torch.complex(x, y))), *parts)
    case(op, lambda x, y: pair(f(torch.complex(x, y), 7, 1, "ortho")), *parts, sample="longer", n=7, axis=1, norm="ortho")
    case(op, lambda x, y: pair(f(torch.complex(x, y), 4, 1, "forward")), *parts, sample="shorter", n=4, axis=1, norm="forward")
case("fft", lambda x: pair(torch.fft.fft(x)), "real part", sample="real")
case("fft", lambda x: pair(torch.fft.fft(x)), "counts", sample="whole")
for op in ["rfft", "ihfft"]:
    f = getattr(torch.fft, op)
    case(op, lambda x: pair(f(x)), "real part")
    case(op, lambda x: pair(f(x, 8, 1, "ortho")), "real part", sample="longer", n=8, axis=1, norm="ortho")
    case(op, lambda x: pair(f(x, 3, 1, "forward")), "real part", sample="shorter", n=3, axis=1, norm="forward")
for op in ["irfft", "hfft"]:
    f = getattr(torch.fft, op)
    case(op, lambda x, y: f(torch.complex(x, y)), *parts)
    case(op, lambda x, y: f(torch.complex(x, y), 15, 1, "ortho"), *parts, sample="longer", n=15, axis=1, norm="ortho")
    case(op, lambda x, y: f(torch.complex(x, y), 5, 1, "forward"), *parts, sample="shorter", n=5, axis=1, norm="forward")
for op in ["fft2", "ifftn", "irfft2"]:
    f = getattr(torch.fft, op)
    both = (lambda z: z) if op == "irfft2" else pair
    case(op, lambda x, y: both(f(torch.complex(x, y))), *parts)
for op in ["rfft2", "rfftn"]:
    case(op, lambda x: pair(getattr(torch.fft, op)(x)), "real part")
case("irfftn", lambda x, y: torch.fft.irfftn(torch.complex(x, y), (3, 9), (2, 1), "ortho"), *parts, sample="axes", s=[3, 9], axes=[2, 1], norm="ortho")
case("fftn", lambda x, y: pair(torch.fft.fftn(torch.complex(x, y), (3, 9), (2, 0), "forward")), *parts, sample="axes", s=[3, 9], axes=[2, 0], norm="forward")
case("fftshift", lambda x: torch.fft.fftshift(x), "real part")
case("ifftshift", lambda x: torch.fft.ifftshift(x, (2,)), "real part", axes=[2])
case("fftfreq", lambda: torch.fft.fftfreq(6, 0.5), n=6, d=0.5)
case("fftfreq", lambda: torch.fft.fftfreq(7), sample="odd", n=7, d=1)
case("rfftfreq", lambda: torch.fft.rfftfreq(7, 2.0), n=7, d=2)
given("points across", [0.0, 1.0, -1.0, 0.0, 0.0, 3.0, -3.0, -2.0, 1.5])
given("points up", [0.0, 0.0, 1e-8, 2.0, -2.0, 4.0, -4.0, -2.0, -1.5])
# The gradients of these are beyond f32 in PyTorch.
given("far across", [1e-30, 1e30, inf, nan, inf])
given("far up", [1e-30, 1e30, 1.0, 1.0, -inf])
for op, f in {"complexAbs": torch.abs, "angle": torch.angle}.items():
    case(op, lambda x, y: f(torch.complex(x, y)), "points across", "points up")
    case(op, lambda x, y: f(torch.complex(x, y)), "far across", "far up", sample="far", gradient=False)
case("complexMul", lambda x, y: pair(torch.complex(x, y) * torch.complex(y, x)), *parts)
case("conj", lambda x, y: pair(torch.complex(x, y).conj().resolve_conj()), *parts)
case("atan2", torch.atan2, *parts)
case("hypot", torch.hypot, "matrix", "other")
case("hypot", torch.hypot, "far across", "far up", sample="far", gradient=False)
case("hypot", torch.hypot, "a", "b", sample="special", gradient=False)
case("sinc", torch.sinc, "matrix")
case("sinc", torch.sinc, "a", sample="special", gradient=False)
case("frame", lambda x: x.unfold(-1, 4, 3), "matrix", length=4, hop=3)
normal("waves", 2, 37)
normal("short window", 9)
for sample, n, options in [("whole frames", 8, {}), ("odd", 9, {"hop": 4, "center": False}), ("normalized", 10, {"hop": 3, "normalized": True})]:
    of_torch = {"n_fft": n, "hop_length": options.get("hop", n // 4), "center": options.get("center", True), "normalized": options.get("normalized", False)}
    case("stft", lambda x: pair(torch.stft(x, **of_torch, return_complex=True)), "waves", sample=sample, n=n, **options)
case("stft", lambda x, w: pair(torch.stft(x, 12, 5, 9, w, return_complex=True)), "waves", "short window", sample="window", n=12, hop=5)
spectrum = torch.stft(inputs["waves"], 12, 3, window=torch.hann_window(12), return_complex=True).detach()
given("spectrum across", spectrum.real.numpy())
given("spectrum up", spectrum.imag.numpy())
for sample, options in [("inverse", {}), ("longer", {"length": 45}), ("shorter", {"length": 20})]:
    case("istft", lambda x, y: torch.istft(torch.complex(x, y), 12, 3, window=torch.hann_window(12), length=options.get("length")), "spectrum across", "spectrum up", sample=sample, n=12, hop=3, **options)

case("logAddExp", torch.logaddexp, "matrix", "other")
case("logAddExp", torch.logaddexp, "a", "b", sample="special", gradient=False)
case("std", lambda x: torch.std(x, 1, unbiased=True), "matrix", axis=1, correction=1)
case("std", lambda x: torch.std(x, 0, unbiased=False, keepdim=True), "ties", sample="equal ones", axis=0, keepDims=True)
case("moveAxis", lambda x: torch.movedim(x, 0, -1), "cube", axes=[0, -1])
case("swapAxes", lambda x: x.transpose(0, -1), "cube", axes=[0, -1])
case("unstack", lambda x: torch.unbind(x, 1), "cube", axis=1)
for name, f in {"hannWindow": torch.hann_window, "hammingWindow": torch.hamming_window, "blackmanWindow": torch.blackman_window}.items():
    case(name, lambda: f(9), n=9, periodic=True)
    case(name, lambda: f(6, periodic=False), sample="symmetric", n=6, periodic=False)

given("near 0", [0.0, 1e-3, -1e-3, 0.05, 0.3, -0.7, 2.0])
case("sinc", lambda x: torch.sinc(x.double()).float(), "near 0", sample="near 0")
given("one variable", [[1.0, 4.0, -2.5]])
# Special functions.
S = torch.special
given("infinite", [inf, -inf, nan])
given("gamma arguments", [nan, inf, 0.0, 0.5, 0.1, 1.0, 1.5, 2.0, 3.7, 8.0, 30.0, -0.5, -1.3, -2.6, 1e-3, 100.0])
given("gamma poles", [-0.0, -1.0, -2.0, -inf])
given("orders", [0.1, 0.5, 1.0, 2.5, 6.0, 40.0, -0.5, -1.3, -2.6])
given("shares", [nan, 0.0, 1.0, 0.5, 0.25, 0.75, 1e-3, 0.999, 1e-10, 1.5, -0.5])
given("bessel arguments", [nan, 0.0, 0.5, -0.5, 3.0, -3.0, 7.9, 8.1, -20.0, 80.0])
for name, f in {"lgamma": torch.lgamma, "digamma": torch.digamma}.items():
    case(name, f, "gamma arguments")
    case(name, f, "gamma poles", sample="poles", gradient=False)
    case(name, f, "scalar", sample="0-d")
for n in [0, 1, 2, 4]:
    case("polygamma", lambda x: torch.polygamma(n, x), "orders", sample=f"{n}", n=n)
for name, f in {"i0": torch.i0, "i0e": S.i0e, "i1": S.i1, "i1e": S.i1e}.items():
    case(name, f, "bessel arguments")
case("i0e", S.i0e, "special", sample="special")
case("i1e", S.i1e, "special", sample="special")
for name, f in {"erfcx": S.erfcx, "ndtr": S.ndtr, "logNdtr": S.log_ndtr}.items():
    case(name, f, "bessel arguments", gradient=name != "erfcx")
    case(name, f, "special", sample="special", gradient=False)
case("erfcx", S.erfcx, "matrix", sample="matrix")
case("ndtri", S.ndtri, "shares")
case("entr", S.entr, "special")
case("logit", torch.logit, "shares")
case("logit", lambda x: torch.logit(x, 0.1), "shares", sample="eps", eps=0.1)
case("xlogy", torch.xlogy, "shares", "shares")
case("xlogy", torch.xlogy, "a", "b", sample="special", gradient=False)
case("xlog1py", S.xlog1py, "shares", "shares")
case("xlog1py", S.xlog1py, "a", "b", sample="special", gradient=False)
given("nothing", np.zeros((2, 0)))
for name, f in {"lgamma": torch.lgamma, "i0e": S.i0e, "ndtri": S.ndtri, "entr": S.entr}.items():
    case(name, f, "nothing", sample="empty")

# Elementwise functions, reductions and products that are named after their use.
case("copysign", torch.copysign, "a", "b")
case("copysign", torch.copysign, "matrix", "row", sample="broadcast")
case("heaviside", torch.heaviside, "a", "b", gradient=False)
case("nanSum", lambda x: torch.nansum(x, 1), "holes", axis=1)
case("nanMean", lambda x: torch.nanmean(x, 1), "holes", axis=1)
case("nanMean", lambda x: torch.nanmean(x), "missing", sample="nothing else")
case("logCumSumExp", lambda x: torch.logcumsumexp(x, 1), "matrix", axis=1)
case("logCumSumExp", lambda x: torch.logcumsumexp(x, 1), "nothing finite", sample="special", gradient=False, axis=1)
case("trapezoid", lambda y: torch.trapezoid(y, dx=0.5), "matrix", value=0.5, axis=-1)
case("trapezoid", lambda y, x: torch.trapezoid(y, x, dim=-1), "matrix", "row", sample="places", axis=-1)
case("trapezoid", lambda y, x: torch.trapezoid(y, x, dim=0), "matrix", "other", sample="each", axis=0)
case("cumulativeTrapezoid", lambda y, x: torch.cumulative_trapezoid(y, x, dim=-1), "matrix", "row", axis=-1)
case("kthValue", lambda x: tuple(torch.kthvalue(x, 2, 1)), "matrix", k=2, axis=1)
case("kthValue", lambda x: tuple(torch.kthvalue(x, 6, 1)), "holes", sample="holes", k=6, axis=1, gradient=False)
case("bincount", lambda i: torch.bincount(i, minlength=4).int(), "places", size=4)
given("weights", [0.5, -1.5, 2.25])
case("bincount", lambda i, w: torch.zeros(4).index_add(0, i, w), "places", "weights", sample="weights", size=4)
case("isin", torch.isin, "numbers", "places")
normal("forces", 4, 3)
normal("arms", 4, 3)
case("cross", lambda a, b: torch.linalg.cross(a, b), "forces", "arms", axis=-1)
case("tensordot", lambda a, b: torch.tensordot(a, b, 1), "matrix", "forces", count=1)
case("tensordot", lambda a, b: torch.tensordot(a, b, ([2, 1], [1, 0])), "cube", "matrix", sample="axes")
case("inner", torch.inner, "matrix", "other")
case("vecdot", lambda a, b: torch.linalg.vecdot(a, b), "matrix", "row", axis=-1)
given("points beside", [[1.0, 2.0], [0.5, -1.0], [1.0, 2.0]])
given("points around", [[1.0, 2.0], [-1.0, 0.25]])
for p in [0.0, 1.0, 2.0, 3.0, inf]:
    case("cdist", lambda a, b: torch.cdist(a, b, p, "donot_use_mm_for_euclid_dist"), "points beside", "points around", sample=f"{p}", value="Infinity" if p == inf else p, gradient=p != 0)
case("cov", torch.cov, "matrix")
case("cov", torch.cov, "row", sample="one")
case("corrcoef", torch.corrcoef, "matrix")
case("vander", lambda x: torch.vander(x, 3), "row", n=3, gradient=False)
for k in [1, 2, 3]:
    case("rot90", lambda x: torch.rot90(x, k, (0, 2)), "cube", sample=f"{k}", k=k, axes=[0, 2])
given("generators", np.array([[[0, 1], [-1, 0]], [[0, 0], [0, 0]], [[-3, 5], [2, -8]], [[1, 40], [0, 2]]], dtype=float))
case("matrixExp", torch.matrix_exp, "generators")

# What PyTorch's own samples of operators (op_db) ask for: scalars along their axis, bools, integers, several axes, zeros with signs.
for name, f in {"sum": torch.sum, "prod": torch.prod, "mean": torch.mean, "max": torch.amax, "logSumExp": torch.logsumexp, "argmax": torch.argmax, "any": torch.any, "softmax": torch.softmax, "logSoftmax": torch.log_softmax, "cumsum": torch.cumsum, "cumprod": torch.cumprod, "logCumSumExp": torch.logcumsumexp}.items():
    case(name, lambda x: f(x, 0), "scalar", sample="a scalar's axis", axis=0)
case("sort", lambda x: torch.sort(x, -1).values, "scalar", sample="a scalar's axis", axis=-1)
case("argsort", lambda x: torch.argsort(x, -1), "scalar", sample="a scalar's axis", axis=-1)
case("topK", lambda x: tuple(torch.topk(x, 1)), "scalar", sample="a scalar's axis", k=1, axis=-1)
case("kthValue", lambda x: tuple(torch.kthvalue(x, 1)), "scalar", sample="a scalar's axis", k=1, axis=-1)
for name, f in {"cummax": torch.cummax, "cummin": torch.cummin}.items():
    case(name, lambda x: tuple(f(x, 1)), "holes", axis=1, gradient=False)
    case(name, lambda x: tuple(f(x, 0)), "scalar", sample="a scalar's axis", axis=0)
given("first", [0], torch.int32)
case("takeAlongAxis", lambda x, i: torch.gather(x, 0, i.long()), "scalar", "first", sample="a scalar's axis", axis=0)
given("yes and no", [[True, False, True], [False, False, True], [True, True, True]], torch.bool)
for name, f in {"tril": torch.tril, "triu": torch.triu}.items():
    case(name, lambda x: f(x, 0), "yes and no", sample="bools", diagonal=0)
for name, f in {"cummax": torch.cummax, "cummin": torch.cummin}.items():
    case(name, lambda x: tuple(f(x, 0)), "yes and no", sample="bools", axis=0)
case("diff", lambda x: torch.diff(x, dim=1), "yes and no", sample="bools", axis=1)
case("diff", lambda x: torch.diff(x, n=2, dim=1), "matrix", axis=1, n=2)
given("tallies", [[7, -3], [2, 5], [-1, 4]], torch.int32)
case("matmul", torch.matmul, "numbers", "tallies", sample="integers")
case("inner", torch.inner, "numbers", "numbers", sample="integers")
case("tensordot", lambda a, b: torch.tensordot(a, b, 1), "numbers", "tallies", sample="integers", count=1)
case("nanToNum", torch.nan_to_num, "numbers", sample="integers")
case("roll", lambda x: torch.roll(x, (1, -2), (0, 2)), "cube", sample="several", shift=[1, -2], axes=[0, 2])
case("roll", lambda x: torch.roll(x, 5), "matrix", sample="in row-major order", shift=5)
given("no rows", np.zeros((0, 3)))
case("roll", lambda x: torch.roll(x, 2, 0), "no rows", sample="empty", shift=2, axis=0)
case("tile", lambda x: torch.tile(x, (2,)), "matrix", sample="fewer", repeats=[2])
case("tile", lambda x: torch.tile(x, (2, 1, 3)), "row", sample="more", repeats=[2, 1, 3])
case("moveAxis", lambda x: torch.movedim(x, (0, 2), (1, 0)), "cube", sample="several", start=[0, 2], stop=[1, 0])
given("slots", [[1, 0, 2], [3, 3, 0]], torch.int32)
normal("given", 3, 4)
normal("ground", 4, 5)
for mode, f in {"set": lambda x, i, y: x.scatter(0, i, y), "add": lambda x, i, y: x.scatter_add(0, i, y)}.items():
    case("scatter", lambda x, i, y: f(x, i.long()[:1], y[:1, :3]), "ground", "slots", "given", sample=f"{mode}, in a corner", axis=0, order=mode)
given("negative or not", [0.0, -0.0, 1.0, -1.0, inf, -inf, 1e-30, -1e-30])
case("signbit", torch.signbit, "negative or not")
case("signbit", torch.signbit, "scalar", sample="0-d")
case("signbit", torch.signbit, "numbers", sample="integers")
case("atan2", torch.atan2, "a", "b", sample="special", gradient=False)
case("angle", torch.angle, "special", sample="real", gradient=False)
case("angle", lambda a, b: torch.angle(torch.complex(a, b)), "b", "a", sample="special", gradient=False)
case("cov", torch.cov, "one variable")
case("cdist", lambda a, b: torch.cdist(a, b, 0.0), "holes", "holes", sample="0, holes", value=0, gradient=False)
case("pad", lambda x: F.pad(x[None], (-4, 2, 1, -2), "replicate")[0], "matrix", sample="edge beyond what is taken away", widths=[[1, -2], [-4, 2]], mode="edge")
case("trapezoid", lambda y, x: torch.trapezoid(y, x, dim=0), "matrix", "column", sample="broadcast", axis=0)
case("fft2", lambda x: torch.view_as_real(torch.fft.fft2(x, dim=(1,))).unbind(-1), "matrix", sample="one axis", axes=1)
case("softplus", lambda x: F.softplus(x, 2.5, 1.5), "matrix", sample="beta", alpha=2.5, value=1.5)
case("adaptiveAvgPool1d", lambda x: F.adaptive_avg_pool1d(x.transpose(1, 2), 4).transpose(1, 2), "signal", size=4)
given("signal with holes", [[[1.0, 2.0], [inf, 0.5], [3.0, -1.0], [0.25, nan], [-4.0, 2.0], [1.5, -inf], [2.0, 1.0]]])
case("adaptiveAvgPool1d", lambda x: F.adaptive_avg_pool1d(x.transpose(1, 2), 3).transpose(1, 2), "signal with holes", sample="holes", size=3, gradient=False)
for n in [1, 2]:
    case("polygamma", lambda x: torch.polygamma(n, x), "infinite", sample=f"{n}, infinite", n=n, gradient=False)
for name, f in {"i0": torch.i0, "i0e": S.i0e, "i1": S.i1, "i1e": S.i1e}.items():
    case(name, f, "infinite", sample="infinite", gradient=False)

# Functions that programs use, and no primitive is needed for.
given("powers of two", [0, 1, -1, 5, -30, 100, -140, 200], torch.int32)
given("scaled", [1.5, -0.75, 3.0, 0.1, -7.0, 1e-20, 2.0, 1e-30])
case("ldexp", torch.ldexp, "scaled", "powers of two")
case("ldexp", lambda x: torch.ldexp(x, torch.tensor(3)), "scaled", sample="a number", by=3)
case("ldexp", lambda x, n: torch.ldexp(x, n), "scaled", "scaled", sample="floats")
given("any size", [0.0, -0.0, 1.0, -1.0, 0.5, 0.49999997, 3.0, -1e-30, 1e30, 0.99999994, 2.0**100, 2.0**-100, 7.25])
case("frexp", lambda x: tuple(torch.frexp(x)), "any size")
given("infinite or not", [inf, -inf, nan, 4.0])
case("frexp", lambda x: (torch.frexp(x).mantissa, torch.where(x.isfinite(), torch.frexp(x).exponent, 0)), "infinite or not", sample="infinite", gradient=False)
given("whole", [0, 0, 12, -12, 18, 17, 1836311903, -2147483647, 7, 1 << 30], torch.int32)
given("others", [0, 5, 18, 18, -12, 1, 1134903170, 3, -7, 1 << 12], torch.int32)
case("gcd", torch.gcd, "whole", "others")
given("several", [0, 4, -6, 21, 1, 35], torch.int32)
given("more", [[3], [6], [-10]], torch.int32)
case("gcd", torch.gcd, "several", "more", sample="broadcast")
case("lcm", torch.lcm, "several", "more")
given("frequent", [[1.0, 3.0, 3.0, 1.0, 2.0], [5.0, 4.0, 3.0, 2.0, 1.0], [0.0, 0.0, 2.0, 2.0, 2.0]])
case("mode", lambda x: torch.mode(x, 1).values, "frequent", axis=1, gradient=False)
case("mode", lambda x: torch.mode(x, 0, keepdim=True).values, "numbers", sample="integers", axis=0, keepDims=True)
case("mode", lambda x: torch.mode(x).values, "scalar", sample="0-d", axis=-1)
for p in [1.0, 2.0, 3.0]:
    case("renorm", lambda x: torch.renorm(x, p, 0, 1.5), "matrix", sample=f"{p}", value=p, axis=0, high=1.5)
case("renorm", lambda x: torch.renorm(x, 2.0, 1, 2.0), "cube", sample="middle", value=2.0, axis=1, high=2.0)
case("nanMedian", lambda x: torch.nanmedian(x, 1).values, "holes", axis=1)
case("nanMedian", lambda x: torch.nanmedian(x), "holes", sample="all")
case("nanMedian", lambda x: torch.nanmedian(x), "missing", sample="nothing else", gradient=False)
given("gaps", [[3.0, nan, 1.0, 0.5, 2.0], [nan, nan, -1.0, 4.0, nan], [nan, nan, nan, 2.5, nan], [0.0, 1.0, 2.0, 3.0, 5.0]])
for q in [0.0, 0.3, 0.5, 1.0]:
    case("nanQuantile", lambda x: torch.nanquantile(x, q, 1), "gaps", sample=f"{q}", value=q, axis=1)
for way in ["lower", "higher", "nearest", "midpoint"]:
    case("nanQuantile", lambda x: torch.nanquantile(x, 0.4, 1, interpolation=way), "gaps", sample=way, value=0.4, axis=1, between=way)
case("nanQuantile", lambda x: torch.nanquantile(x, 0.25, 0, keepdim=True), "holes", sample="kept", value=0.25, axis=0, keepDims=True, gradient=False)
case("nanMax", lambda x: torch.where(x.isnan(), -inf, x).amax(1), "gaps", axis=1)
case("nanMin", lambda x: torch.where(x.isnan(), inf, x).amin(1), "gaps", axis=1)
case("countNonzero", lambda x: torch.count_nonzero(x, 1), "holes", axis=1)
case("countNonzero", lambda x: torch.count_nonzero(x), "yes and no", sample="bools")
case("lerp", torch.lerp, "matrix", "other", "row")
case("lerp", lambda a, b: torch.lerp(a, b, 0.75), "matrix", "other", sample="a number", value=0.75)
for name, f in {"fmax": torch.fmax, "fmin": torch.fmin}.items():
    case(name, f, "a", "b", gradient=False)
    case(name, f, "matrix", "row", sample="broadcast")
    case(name, f, "numbers", "first", sample="integers")
case("isclose", torch.isclose, "a", "b")
case("isclose", lambda a, b: torch.isclose(a, b, equal_nan=True), "a", "a", sample="NaN", equalNan=True)
case("isclose", lambda a, b: torch.isclose(a, b, rtol=0.0, atol=1.0), "matrix", "other", sample="far", rtol=0, atol=1)
case("allclose", lambda a, b: torch.tensor(torch.allclose(a, b, rtol=0.0, atol=9.0)), "matrix", "other", rtol=0, atol=9)
for name, f in {"frac": torch.frac, "deg2rad": torch.deg2rad, "rad2deg": torch.rad2deg, "softsign": F.softsign, "tanhShrink": F.tanhshrink}.items():
    case(name, f, "matrix")
    case(name, f, "special", sample="special", gradient=False)
case("logAddExp2", torch.logaddexp2, "a", "b", gradient=False)
case("logAddExp2", torch.logaddexp2, "matrix", "row", sample="broadcast")
for name, f in {"celu": F.celu, "hardShrink": F.hardshrink, "softShrink": F.softshrink}.items():
    case(name, lambda x: f(x, 0.7), "matrix", alpha=0.7)
    case(name, lambda x: f(x), "special", sample="special", gradient=False)
case("threshold", lambda x: F.threshold(x, 0.25, -3.0), "matrix", low=0.25, value=-3)
case("threshold", lambda x: F.threshold(x, 0.25, -3.0), "special", sample="special", low=0.25, value=-3, gradient=False)
case("prelu", lambda x, w: F.prelu(x, w), "matrix", "row")
case("prelu", lambda x, w: F.prelu(x, w.reshape(1)), "special", "scalar", sample="special", gradient=False)

# Functions that programs still did not find, and numbers near the end of the range.
for name, f in {"sin": torch.sin, "cos": torch.cos, "sigmoid": torch.sigmoid, "silu": F.silu, "mish": F.mish}.items():
    case(name, f, "large", sample="large", gradient=name in ["silu", "mish"])
given("large halves", [[3e38, 1.5, 40.0, -90.0], [-3e38, 1.5, 1.0, 3e38]])
case("glu", lambda x: F.glu(x, 1), "large halves", sample="large", axis=1)
given("long", [3e38, -3e38, 3e38, 1e-30, 0.5])
given("wide", [3e38, 1.0, 0.0, 1e-30, -3e38])
case("hypot", torch.hypot, "long", "wide", sample="large")
given("lengths", [[0.0, 0.0, 0.0], [3.0, 0.0, -4.0], [1e-13, 0.0, 0.0], [-1.0, 2.5, 1.0]])
case("normalize", lambda x: F.normalize(x, dim=-1), "lengths")
case("normalize", lambda x: F.normalize(x, 3.0, 1), "cube", sample="3", value=3, axis=1)
case("normalize", lambda x: F.normalize(x, inf, 0), "matrix", sample="largest", value="Infinity", axis=0)
case("normalize", lambda x: F.normalize(x, dim=-1), "holes", sample="holes", gradient=False)
given("levels", rng.integers(-9, 9, size=(4, 5)), torch.int32)
given("steps", [[2, -3, 1], [5, 4, -2]], torch.int32)
for mode, name in {"sum": "add", "prod": "mul", "amax": "max", "amin": "min", "mean": "mean"}.items():
    for own in [True, False]:
        alone = "" if own else " without itself"
        f = lambda x, i, y: x.scatter_reduce(0, i.long(), y[:2, :3], mode, include_self=own)
        case("scatter", f, "ground", "slots", "given", sample=f"{name}{alone}", axis=0, order=name, includeSelf=own)
        case("scatter", f, "levels", "slots", "steps", sample=f"{name}{alone}, integers", axis=0, order=name, includeSelf=own)
given("even", [[4.0, 1.0, 4.0], [2.0, 4.0, 2.0]])
given("at once", [[0, 0, 0], [0, 1, 0]], torch.int32)
for mode, name in {"amax": "max", "amin": "min"}.items():
    case("scatter", lambda x, i, y: x.scatter_reduce(0, i.long(), y, mode), "even", "at once", "even", sample=f"{name}, ties", axis=0, order=name, includeSelf=True)


def patches(x, rows, columns, taps):
    return x.reshape(x.shape[0], -1, taps, rows, columns).permute(0, 3, 4, 2, 1).reshape(x.shape[0], rows, columns, -1)


def beside(x, taps):
    return x.reshape(*x.shape[:3], taps, -1).permute(0, 4, 3, 1, 2).reshape(x.shape[0], -1, x.shape[1] * x.shape[2])


def unfold(x, kernel, **options):
    height, width = [(n + 2 * options["padding"][i] - options["dilation"][i] * (kernel[i] - 1) - 1) // options["stride"][i] + 1 for i, n in enumerate(x.shape[1:3])]
    return patches(F.unfold(x.permute(0, 3, 1, 2), kernel, **options), height, width, kernel[0] * kernel[1])


geometry = {"stride": [2, 1], "padding": [0, 3], "dilation": [1, 2]}
case("unfold", lambda x: unfold(x, [3, 2], stride=[1, 1], padding=[0, 0], dilation=[1, 1]), "image", kernel=[3, 2])
case("unfold", lambda x: unfold(x, [3, 2], **geometry), "image", sample="geometry", kernel=[3, 2], **geometry)
normal("patches", 1, 3, 10, 12)
case("fold", lambda x: F.fold(beside(x, 6), [7, 6], [3, 2], **geometry).permute(0, 2, 3, 1), "patches", size=[7, 6], kernel=[3, 2], **geometry)
case("logspace", lambda: torch.logspace(-2, 3, 7), start=-2, stop=3, count=7, base=10)
case("logspace", lambda: torch.logspace(4, -1, 6, 2.0), sample="base 2", start=4, stop=-1, count=6, base=2)
case("geomspace", lambda: torch.tensor(np.geomspace(-0.5, -200.0, 5), dtype=torch.float32), start=-0.5, stop=-200, count=5)
given("seldom", [0.5, 1.0, 2.5, 2.75])
for order in [1, 2]:
    case("gradient", lambda y: torch.gradient(y, spacing=0.5, dim=1, edge_order=order)[0], "cube", sample=f"{order}", value=0.5, axis=1, k=order)
    case("gradient", lambda y, x: torch.gradient(y, spacing=(x,), dim=1, edge_order=order)[0], "matrix", "seldom", sample=f"{order}, places", axis=1, k=order, gradient=False)
case("blockDiag", lambda *xs: torch.block_diag(*xs), "matrix", "row", "scalar", "nothing")
case("blockDiag", lambda *xs: torch.block_diag(*xs), "bools", "bits", sample="bools")
for name, f in {"median": torch.median, "nanMedian": torch.nanmedian}.items():
    case(name, lambda x: f(x, 1).values, "numbers", sample="integers", axis=1)
    case(name, lambda x: f(x), "integers", sample="integers, all")
bessel = {"j0": S.bessel_j0, "j1": S.bessel_j1, "y0": S.bessel_y0, "y1": S.bessel_y1, "k0": S.modified_bessel_k0, "k0e": S.scaled_modified_bessel_k0, "k1": S.modified_bessel_k1, "k1e": S.scaled_modified_bessel_k1}
for name, f in bessel.items():
    case(name, f, "bessel arguments", gradient=False)
    case(name, f, "infinite", sample="infinite", gradient=False)
    case(name, f, "nothing", sample="empty", gradient=False)
given("shapes", [0.3, 0.3, 1.0, 1.0, 2.5, 2.5, 30.0, 30.0, 1000.0, 1000.0, 0.0, 0.0, 1.0, 1.0, inf, 2.0, inf, nan, -1.0, 1.0])
given("reaches", [0.01, 2.0, 0.2, 5.0, 0.5, 9.0, 20.0, 35.0, 950.0, 1010.0, 0.0, 1.0, 0.0, inf, 1.0, nan, inf, 1.0, 1.0, -1.0])
given("reaches alone", [0.01, 0.5, 1.0, 2.4, 2.6, 7.0, 20.0])
for name, f in {"gammainc": S.gammainc, "gammaincc": S.gammaincc}.items():
    case(name, f, "shapes", "reaches", gradient=False)
    case(name, lambda x: f(torch.tensor(2.5), x), "reaches alone", sample="by x", value=2.5)

# Images and volumes read between their pixels, where they or the places are not finite.
normal("page", 1, 3, 4, 1)
given("page with holes", np.array([nan, 1, 2, -inf, 0.5, -1, 3, 1.5, inf, 0.25, -2, nan]).reshape(1, 3, 4, 1))
normal("stack", 1, 2, 3, 3, 1)
given("stack with holes", np.array([nan, 1, 2, 0.5, -1, 3, inf, 0.25, -2, 1, -1, inf, 2, 0, -0.5, 1.5, -3, nan]).reshape(1, 2, 3, 3, 1))
ends = [-1.0, 1.0]
given("places on a page", [[[x, y] for x in ends for y in ends] + [[1.0, 0.2], [-0.3, 1.0], [1.3, 1.4], [-1.2, 0.1], [1.7, -0.3], [0.45, -2.6]]])
given("places in a stack", [[[x, y, z] for x in ends for y in ends for z in ends] + [[1.0, 0.2, -0.1], [-0.3, 1.0, 0.4], [1.3, 1.4, -1.2], [0.3, -1.7, 2.6]]])
given("no places on a page", [[[nan, 0.3], [0.1, nan], [nan, nan], [inf, 0.3], [-0.2, -inf]]])
given("no places in a stack", [[[nan, 0.3, 0.1], [0.2, inf, -0.1], [0.37, 0.21, -inf]]])


def grid_sample(x, grid, mode, padding, corners):
    places = grid.reshape(1, *[1] * (grid.shape[-1] - 1), -1, grid.shape[-1])
    found = F.grid_sample(channels_first(x), places, mode, "zeros" if padding == "zero" else padding, corners)
    return channels_last(found).reshape(1, -1, x.shape[-1])


def grid_samples(x, grid, mode, paddings, corners, **options):
    for padding in paddings:
        sample = f"{x}, {grid}, {mode}, {padding}{', corners' if corners else ''}"
        case("gridSample", lambda x, grid: grid_sample(x, grid, mode, padding, corners), x, grid, sample=sample, mode=mode, padding=padding, alignCorners=corners, **options)


for x, grid in [("page", "places on a page"), ("stack", "places in a stack")]:
    for corners in [False, True]:
        grid_samples(x, grid, "bilinear", ["zero", "border", "reflection"], corners)
    grid_samples(f"{x} with holes", grid, "bilinear", ["zero"], True)
    # On an edge PyTorch multiplies the gradient of the place by 0, which is NaN beside a hole; here none goes there.
    grid_samples(f"{x} with holes", grid, "bilinear", ["border", "reflection"], True, gradient=False)
# PyTorch 1.13 reads memory that it has not in gradients at NaN; of images padded by zeros it has NaN there, of volumes 0; with the edge volumes have what was last there.
grid_samples("page", "no places on a page", "bilinear", ["border", "reflection"], False, gradient=False)
grid_samples("page", "no places on a page", "nearest", ["border"], True, gradient=False)
for mode in ["bilinear", "nearest"]:
    grid_samples("stack", "no places in a stack", mode, ["zero"], False)

# Windows: those that PyTorch 1.13 lacks are SciPy's, whose meaning PyTorch's have.
for name, f in {"nuttallWindow": W.nuttall, "bartlettWindow": W.bartlett, "cosineWindow": W.cosine}.items():
    for n, periodic in [(9, True), (6, False), (1, True), (1, False), (2, True)]:
        case(name, lambda: torch.tensor(f(n, sym=not periodic)).float(), sample=f"{n}, {periodic}", n=n, periodic=periodic)
case("bartlettWindow", lambda: torch.bartlett_window(10), sample="even", n=10, periodic=True)
windows = [
    ("generalHammingWindow", W.general_hamming, {"alpha": 0.6}), ("kaiserWindow", W.kaiser, {"beta": 0}), ("kaiserWindow", W.kaiser, {"beta": 3.5}), ("kaiserWindow", W.kaiser, {"beta": 150}),
    ("gaussianWindow", W.gaussian, {"std": 1.75}), ("exponentialWindow", lambda n, tau, sym: W.exponential(n, None, tau, sym), {"tau": 2.5}),
]
for name, f, options in windows:
    for n, periodic in [(9, True), (6, False), (1, True)]:
        case(name, lambda: torch.tensor(f(n, *options.values(), sym=not periodic)).float(), sample=f"{options}, {n}, {periodic}", n=n, periodic=periodic, **options)
case("exponentialWindow", lambda: torch.tensor(W.exponential(7, 1.5, 3.0, False)).float(), sample="center", n=7, tau=3, center=1.5)
case("kaiserWindow", lambda: torch.kaiser_window(8), sample="of PyTorch", n=8)

target = pathlib.Path(__file__).parents[2] / "fixtures" / "operators.jsonl"
with target.open("w") as file:
    for name, x in inputs.items():
        line = {"input": name, "dtype": dtypes[x.dtype], "shape": list(x.shape), "values": listed(x)}
        file.write(json.dumps(line, separators=(",", ":")) + "\n")
    for line in cases:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")
print(f"{len(cases)} cases, {target.stat().st_size} bytes")
