"""Writes indexing.json: what PyTorch makes of values that both sides can make by functions that choose, order and place elements, and the gradients of their inputs, in doubles.

Needs torch: python3 indexing.py, then npx biome format --write indexing.json. A case has the name and the arguments of the function here, the tensors of floats first.
"""

import json
import math
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)


def values(shape, seed=0):
    """Some of them equal."""
    i = torch.arange(math.prod(shape)).double()
    return torch.round(torch.sin(1.7 * i + 0.3 * (seed + 1) + 0.05 * i**1.5) * 8).reshape(shape) / 8


def whole(shape, limit, seed=0):
    i = torch.arange(math.prod(shape))
    return ((i * 7 + seed * 3 + i * i) % limit).reshape(shape)


def integers(x):
    return {"i32": x.flatten().tolist(), "shape": list(x.shape)}


def bools(x):
    return {"bool": x.int().flatten().tolist(), "shape": list(x.shape)}


def numbers(x):
    return [str(v) if not math.isfinite(v) else float(f"{v:.7g}") for v in x.detach().double().flatten().tolist()]


cases = []


def case(name, arguments, shapes, f, members=None):
    """`f` of inputs of `shapes`; several results have the names of `members`."""
    inputs = [values(shape, i).requires_grad_() for i, shape in enumerate(shapes)]
    results = f(*inputs)
    results = results if isinstance(results, tuple) else (results,)
    entry = {"name": name, "arguments": arguments, "shapes": shapes}
    entry["results"] = [{"shape": list(r.shape), "values": numbers(r)} for r in results]
    if members:
        entry["members"] = members
    if results[0].requires_grad:
        cotangent = torch.sin(torch.arange(results[0].numel()) + 1.0).reshape(results[0].shape)
        (results[0] * cotangent).sum().backward()
        entry["gradients"] = [numbers(x.grad) for x in inputs]
    cases.append(entry)


for shape, indices, axis in [([3, 4], whole([3, 2], 4), 1), ([3, 4], whole([5, 4], 3, 1), 0), ([2, 3, 4], whole([2, 3, 4], 3), -2)]:
    case("takeAlongAxis", [integers(indices), axis], [shape], lambda x: torch.gather(x, axis, indices))
    source = list(indices.shape)
    updates = indices if axis != 1 else whole([3, 2], 4, 2)
    # Of several updates for a place PyTorch keeps any: here are none.
    distinct = torch.argsort(values(shape, 5), axis).narrow(axis, 0, source[axis]) if source[axis] <= shape[axis] else None
    if distinct is not None:
        case("scatter", [integers(distinct), axis, {"mode": "set"}], [shape, source], lambda x, u: x.scatter(axis, distinct, u))
    case("scatter", [integers(updates), axis, {"mode": "add"}], [shape, source], lambda x, u: x.scatter_add(axis, updates, u))
    for mode in ("max", "min"):
        entry = {"mode": mode}
        case("scatter", [integers(updates), axis, entry], [shape, source], lambda x, u: x.detach().scatter_reduce(axis, updates, u.detach(), "a" + mode))

pairs = torch.stack([whole([5], 3), whole([5], 4, 1)], -1)
case("gatherNd", [integers(pairs)], [[3, 4, 2]], lambda x: x[pairs[:, 0], pairs[:, 1]])
case("gatherNd", [integers(pairs[:, :1])], [[3, 4]], lambda x: x[pairs[:, 0]])
case("scatterNd", [integers(pairs), {"mode": "add"}], [[3, 4, 2], [5, 2]], lambda x, u: x.index_put((pairs[:, 0], pairs[:, 1]), u, accumulate=True))

for right in (False, True):
    options = {"side": "right" if right else "left"}
    for n, m in ((1, 4), (7, 9), (8, 5)):
        case("searchsorted", [options], [[n], [2, m]], lambda s, v: torch.searchsorted(s.detach().sort()[0], v.detach(), right=right))
    case("searchsorted", [options], [[2, 5], [2, 4]], lambda s, v: torch.searchsorted(s.detach().sort()[0], v.detach(), right=right))

for shape in ([7], [3, 4]):
    for q in (0.5, [0, 0.3, 1]):
        for interpolation in ("linear", "lower", "higher", "nearest", "midpoint"):
            case("quantile", [q, -1, {"interpolation": interpolation}], [shape], lambda x: torch.quantile(x, torch.tensor(q).double(), -1, interpolation=interpolation))
    case("median", [-1], [shape], lambda x: torch.median(x, -1)[0])
    case("median", [], [shape], lambda x: torch.median(x))
    for axis in range(len(shape)):
        case("cumprod", [axis], [shape], lambda x: torch.cumprod(x, axis))
        case("diff", [axis, 2], [shape], lambda x: torch.diff(x, 2, axis))
        for name in ("cummax", "cummin"):
            case(name, [axis], [shape], lambda x: tuple(getattr(torch, name)(x, axis)), ["values", "indices"])
    case("histogram", [{"bins": 5}], [shape], lambda x: tuple(torch.histogram(x.detach(), 5)), ["counts", "edges"])
    case("histogram", [{"bins": 4, "range": [-0.5, 0.5]}], [shape], lambda x: tuple(torch.histogram(x.detach(), 4, range=(-0.5, 0.5))), ["counts", "edges"])
    distinct, inverse, counts = torch.unique(values(shape), return_inverse=True, return_counts=True)
    case("unique", [{"size": len(distinct)}], [shape], lambda x: (distinct, inverse, counts), ["values", "inverse", "counts"])
    mask = values(shape, 3) > 0.1
    case("compress", [bools(mask), {"size": int(mask.sum())}], [shape], lambda x: torch.masked_select(x, mask))
    case("nonzero", [{"size": 20}], [shape], lambda x: torch.cat([x.nonzero(), torch.full((20 - len(x.nonzero()), x.ndim), -1)]))
rows = torch.tensor([True, False, True])
case("compress", [bools(rows), {"size": 2, "axis": 0}], [[3, 4]], lambda x: x[rows])
case("compress", [bools(rows), {"size": 3, "axis": 1, "fill": 9}], [[2, 3]], lambda x: torch.cat([x[:, rows], torch.full((2, 1), 9.0)], 1))

Path(__file__).with_name("indexing.json").write_text(json.dumps(cases))
