"""Writes linalg.json: what PyTorch makes of values that both sides can make by functions of linear algebra, and the gradients of their inputs, in doubles.

Needs torch: python3 linalg.py, then npx biome format --write linalg.json. A case has a name of linalg.test.ts and its options. Singular vectors and eigenvectors are squared, since their signs are open.
"""

import json
import math
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)
L = torch.linalg


def values(shape, seed=0):
    i = torch.arange(math.prod(shape)).double()
    return torch.sin(1.7 * i + 0.3 * (seed + 1) + 0.05 * i**1.5).reshape(shape)


def positive(x):
    return x @ x.mT + torch.eye(x.shape[-2])


def numbers(x):
    return [str(v) if not math.isfinite(v) else float(f"{v:.7g}") for v in x.detach().double().flatten().tolist()]


cases = []


def case(name, options, shapes, f):
    """`f` of inputs of `shapes`; what is differentiated is the sum of all results, weighted."""
    inputs = [values(shape, i).requires_grad_() for i, shape in enumerate(shapes)]
    results = f(*inputs)
    results = results if isinstance(results, tuple) else (results,)
    entry = {"name": name, "options": options, "shapes": shapes}
    entry["results"] = [{"shape": list(r.shape), "values": numbers(r)} for r in results]
    floats = [r for r in results if r.requires_grad]
    if floats and all(r.numel() for r in floats):
        sum((r * torch.sin(torch.arange(r.numel()) + 1.0).reshape(r.shape)).sum() for r in floats).backward()
        if all(x.grad is not None for x in inputs):
            entry["gradients"] = [numbers(x.grad) for x in inputs]
    cases.append(entry)


for shape in [[3, 3], [2, 4, 4], [1, 1], [0, 3, 3], [0, 0]]:
    for upper in [False, True]:
        case("cholesky", {"upper": upper}, [shape], lambda x: L.cholesky(positive(x), upper=upper))
    case("inv", {}, [shape], lambda x: L.inv(positive(x)))
    case("det", {}, [shape], L.det)
    case("slogdet", {}, [shape], lambda x: tuple(L.slogdet(x)))
    case("eigh", {}, [shape], lambda x: (lambda w, v: (w, v * v))(*L.eigh((x + x.mT) / 2)))
    for power in [0, 1, 5, -2]:
        case("matrixPower", {"exponent": power}, [shape], lambda x: L.matrix_power(positive(x), power))

for shapes in [[[3, 3], [3, 2]], [[2, 3, 3], [3, 4]], [[3, 3], [3]], [[2, 3, 3], [2, 3]], [[3, 3], [3, 0]]]:
    case("solve", {}, shapes, L.solve)
for upper in [False, True]:
    for unit in [False, True]:
        options = {"upper": upper, "unitriangular": unit}
        case("triangularSolve", options, [[2, 3, 3], [3, 2]], lambda t, b: L.solve_triangular(positive(t), b, **options))
        right = {**options, "left": False}
        case("triangularSolve", right, [[3, 3], [2, 2, 3]], lambda t, b: L.solve_triangular(positive(t), b, **right))

for shape in [[3, 3], [4, 2], [2, 4], [2, 5, 3], [0, 3], [3, 0], [0, 3, 2]]:
    case("lu", {}, [shape], lambda x: tuple(L.lu(x)))
    case("qr", {}, [shape], lambda x: tuple(L.qr(x)))
    case("svd", {}, [shape], lambda x: (lambda u, s, vh: (u * u, s, vh * vh))(*L.svd(x, full_matrices=False)))
    case("pinv", {}, [shape], L.pinv)
    case("matrixRank", {}, [shape], L.matrix_rank)
for shapes in [[[5, 3], [5, 2]], [[3, 5], [3, 2]], [[2, 5, 3], [2, 5, 1]]]:
    case("lstsq", {}, shapes, lambda a, b: L.lstsq(a, b, driver="gelsd").solution)

inf = math.inf
for order in [2, 1, 0, 3, 0.5, -1, inf, -inf]:
    for axes in [None, [1], [0, 2]]:
        case("vectorNorm", {"ord": str(order), "axes": axes}, [[2, 3, 2]], lambda x: L.vector_norm(x, order, axes))
for order in ["fro", "nuc", 2, -2, 1, -1, inf, -inf]:
    for axes in [[-2, -1], [0, 2]]:
        case("matrixNorm", {"ord": str(order), "axes": axes}, [[2, 3, 2]], lambda x: L.matrix_norm(x, order, axes))
for order, axes in [(None, None), (None, [1]), (1, [1]), ("nuc", [0, 1]), (-1, [1, 2])]:
    case("norm", {"ord": str(order), "axes": axes, "keepDims": True}, [[2, 3, 2]], lambda x: L.norm(x, order, axes, keepdim=True))

for offset, axes in [(0, [0, 1]), (1, [0, 2]), (-1, [2, 1]), (5, [0, 1])]:
    case("diagonal", {"offset": offset, "axes": axes}, [[3, 4, 2]], lambda x: torch.diagonal(x, offset, *axes))
for offset in [0, 2, -1]:
    case("diagEmbed", {"offset": offset}, [[2, 3]], lambda x: torch.diag_embed(x, offset))
    case("diag", {"offset": offset}, [[3]], lambda x: torch.diag(x, offset))
    case("diag", {"offset": offset}, [[3, 4]], lambda x: torch.diag(x, offset))
case("trace", {}, [[3, 4]], torch.trace)
case("outer", {}, [[3], [4]], torch.outer)
for shapes in [[[2, 3], [3, 2]], [[2], [2, 3]], [[2, 1, 3], [2, 2]]]:
    case("kron", {}, shapes, torch.kron)

Path(__file__).with_suffix(".json").write_text(json.dumps(cases))
