"""Writes imageFunctions.json: what PyTorch's functions of images make of values that both sides can make, and the gradients of their inputs, in doubles.

Needs torch: python3 imageFunctions.py, then npx biome format --write imageFunctions.json. A case has the name and the arguments of the function here; images are [N,...,C] in the file.
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def values(shape, seed=0):
    i = torch.arange(math.prod(shape)).double()
    return torch.sin(1.7 * i + 0.3 * (seed + 1) + 0.05 * i**1.5).reshape(shape)


def inner(x):
    return x.permute(0, -1, *range(1, x.ndim - 1))


def outer(x):
    return x.permute(0, *range(2, x.ndim), 1)


def numbers(x):
    return [float(f"{v:.7g}") for v in x.detach().flatten().tolist()]


cases = []


def case(name, arguments, shapes, f):
    """`f` of inputs of `shapes`; of several results all but the first are indices."""
    inputs = [values(shape, i).requires_grad_() for i, shape in enumerate(shapes)]
    results = f(*inputs)
    first, *others = results if isinstance(results, tuple) else (results,)
    entry = {"name": name, "arguments": arguments, "shapes": shapes, "shape": list(first.shape), "result": numbers(first)}
    if others:
        entry["indices"] = [int(v) for v in others[0].flatten().tolist()]
    cotangent = torch.sin(torch.arange(first.numel()) + 1.0).reshape(first.shape)
    (first * cotangent).sum().backward()
    entry["gradients"] = [numbers(x.grad) for x in inputs]
    cases.append(entry)


def pooling(name, options, shape, torch_options, f):
    case(name, [options], [shape], lambda x: outer(f(inner(x), **torch_options)))


SHAPES = {1: [2, 11, 2], 2: [2, 7, 9, 2], 3: [1, 5, 6, 4, 2]}
MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVG = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
for rank, shape in SHAPES.items():
    for kernel, stride, padding, ceil, dilation in [
        (2, None, 0, False, 1), (2, None, 0, True, 1), (3, 2, 1, False, 1), (3, 2, 1, True, 1), (2, 1, 0, False, 2), (2, 3, 1, True, 2), (4, 3, 2, True, 1),
    ]:
        options = {"kernel": kernel, "padding": padding, "ceilMode": ceil}
        torch_options = {"kernel_size": kernel, "padding": padding, "ceil_mode": ceil}
        if stride:
            options["stride"] = torch_options["stride"] = stride
        both = {**torch_options, "dilation": dilation}
        pooling(f"maxPool{rank}d", {**options, "dilation": dilation}, shape, both, MAX[rank])
        case(
            f"maxPool{rank}dWithIndices", [{**options, "dilation": dilation}], [shape],
            lambda x: tuple(outer(y) for y in MAX[rank](inner(x), **both, return_indices=True)),
        )
        if dilation == 1:
            for include in (True, False):
                pooling(
                    f"avgPool{rank}d", {**options, "countIncludePad": include}, shape,
                    {**torch_options, "count_include_pad": include}, AVG[rank],
                )
pooling("avgPool2d", {"kernel": [2, 3], "stride": [1, 2], "padding": [1, 0]}, SHAPES[2], {"kernel_size": (2, 3), "stride": (1, 2), "padding": (1, 0)}, F.avg_pool2d)

for name, shape, size in [
    ("1d", SHAPES[1], 4), ("1d", SHAPES[1], 11), ("2d", SHAPES[2], [3, 3]), ("2d", SHAPES[2], [7, 4]), ("2d", [1, 4, 6, 1], 2), ("2d", [1, 2, 3, 1], [5, 4]), ("3d", SHAPES[3], [2, 4, 3]),
]:
    for kind, functions in (("Avg", "adaptive_avg_pool"), ("Max", "adaptive_max_pool")):
        case(f"adaptive{kind}Pool{name}", [size], [shape], lambda x: outer(getattr(F, functions + name)(inner(x), size)))

for mode, sizes in {
    "nearest": [([2, 11, 2], [5]), ([1, 4, 5, 2], [7, 10]), ([1, 2, 3, 4, 1], [4, 2, 6])],
    "nearest-exact": [([2, 11, 2], [5]), ([1, 4, 5, 2], [7, 10]), ([1, 3, 21, 1], [6, 17]), ([1, 2, 3, 4, 1], [4, 2, 6])],
    "area": [([2, 11, 2], [5]), ([1, 4, 6, 2], [2, 5]), ([1, 4, 3, 4, 1], [2, 3, 3])],
    "linear": [([2, 11, 2], [5]), ([2, 5, 2], [20])],
    "bilinear": [([1, 4, 5, 2], [7, 10]), ([1, 6, 21, 1], [3, 17])],
    "trilinear": [([1, 2, 3, 4, 1], [4, 2, 6])],
    "bicubic": [([1, 4, 5, 2], [8, 10]), ([1, 6, 21, 1], [3, 17]), ([1, 3, 2, 1], [1, 1]), ([1, 6, 6, 1], [4, 9])],
}.items():
    for shape, size in sizes:
        smooth = mode.endswith("linear") or mode == "bicubic"
        for corners in (False, True) if smooth else (None,):
            options = {"size": size, "mode": mode, **({"alignCorners": corners} if smooth else {})}
            case("interpolate", [options], [shape], lambda x: outer(F.interpolate(inner(x), size=tuple(size), mode=mode, align_corners=corners)))
        if mode in ("bilinear", "bicubic"):
            case("interpolate", [{"size": size, "mode": mode, "antialias": True}], [shape], lambda x: outer(F.interpolate(inner(x), size=tuple(size), mode=mode, antialias=True)))

for mode in ("bilinear", "nearest", "bicubic"):
    for padding, torch_padding in (("zero", "zeros"), ("border", "border"), ("reflection", "reflection")):
        for corners in (False, True):
            options = {"mode": mode, "padding": padding, "alignCorners": corners}
            case(
                "gridSample", [options], [[2, 4, 5, 2], [2, 3, 4, 2]],
                # Twice as far as the image reaches.
                lambda x, grid: outer(F.grid_sample(inner(x), 2 * grid, mode=mode, padding_mode=torch_padding, align_corners=corners)),
            )
            if mode != "bicubic":
                case(
                    "gridSample", [options], [[1, 3, 4, 5, 2], [1, 2, 3, 2, 3]],
                    lambda x, grid: outer(F.grid_sample(inner(x), 2 * grid, mode=mode, padding_mode=torch_padding, align_corners=corners)),
                )

for mode, torch_mode, widths in [
    ("circular", "circular", [[2, 1], [0, 3]]), ("circular", "circular", [[4, 5], [1, 0]]), ("zero", "constant", [[-1, 2], [1, -2]]), ("reflect", "reflect", [[-1, 2], [1, -2]]),
    ("edge", "replicate", [[-2, 2], [-1, -1]]), ("circular", "circular", [[-1, 2], [-2, 0]]), ("zero", "constant", [[-2, -3], [0, 0]]),
]:
    pads = [*widths[1], *widths[0]]
    case("pad", [[[0, 0], *widths, [0, 0]], mode], [[1, 5, 6, 2]], lambda x: outer(F.pad(inner(x), pads, mode=torch_mode)))

for subscripts, shapes in [
    ("ij,jk,kl->il", [[2, 3], [3, 4], [4, 2]]), ("bi,ij,bj->b", [[3, 2], [2, 4], [3, 4]]), ("i,j,k->kij", [[2], [3], [2]]), ("ii->i", [[4, 4]]), ("ii", [[4, 4]]), ("iij->ji", [[3, 3, 2]]),
    ("...ij,...jk->...ik", [[2, 1, 2, 3], [4, 3, 2]]), ("...i,...i", [[2, 3], [2, 3]]), ("...i->...", [[2, 2, 3]]), ("ij->ji", [[2, 3]]), ("i...,i->...", [[2, 3, 2], [2]]), ("abc,cd,db,a->", [[2, 3, 2], [2, 3], [3, 3], [2]]),
]:
    case("einsum", [subscripts], shapes, lambda *xs: torch.einsum(subscripts, *xs))

for decimals in (2, -1):
    case("round", [decimals], [[12]], lambda x: torch.round(x * 37.3 if decimals < 0 else x, decimals=decimals))

Path(__file__).with_name("imageFunctions.json").write_text(json.dumps(cases))
