"""Writes lossFunctions.json: what PyTorch's losses make of values that both sides can make, and the gradients of their inputs, in doubles.

Needs torch: python3 lossFunctions.py, then npx biome format --write lossFunctions.json. Inputs are described by how they are made: waves, shares in (0, 1), signs, whole numbers below a limit, or those and 5. The
formulas of torchvision's sigmoid_focal_loss and MONAI's DiceLoss, which PyTorch itself does not have, are written out.
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def wave(shape, seed):
    i = torch.arange(math.prod(shape)).double()
    return torch.sin(1.7 * i + 0.3 * (seed + 1) + 0.05 * i**1.5).reshape(shape)


MAKE = {
    "wave": lambda shape, seed, _: 2 * wave(shape, seed),
    "share": lambda shape, seed, _: 0.5 + 0.49 * wave(shape, seed),
    "sign": lambda shape, seed, _: torch.where(wave(shape, seed) > 0, 1.0, -1.0),
    "whole": lambda shape, seed, limit: (torch.arange(math.prod(shape)) * 7 + seed * 3 + torch.arange(math.prod(shape)) ** 2).remainder(limit).reshape(shape),
}
MAKE["length"] = lambda shape, seed, limit: 5 + MAKE["whole"](shape, seed, limit)


def numbers(x):
    return [str(v) if not math.isfinite(v) else float(f"{v:.7g}") for v in x.detach().double().flatten().tolist()]


cases = []


def case(name, options, inputs, f, tensors=None):
    """`f` of inputs that are [kind, shape] or [kind, shape, limit]; `tensors` are options in the same form."""
    made = [MAKE[kind](shape, seed, *(limit or [0])) for seed, (kind, shape, *limit) in enumerate(inputs)]
    waves = [x.requires_grad_() if kind[0] in ("wave", "share") else x for x, kind in zip(made, inputs)]
    more = {key: MAKE[kind](shape, 9, *(limit or [0])) for key, (kind, shape, *limit) in (tensors or {}).items()}
    result = f(*waves, **more)
    entry = {"name": name, "options": options, "inputs": inputs, "shape": list(result.shape), "result": numbers(result)}
    if tensors:
        entry["tensors"] = tensors
    if result.numel() > 0 and torch.isfinite(result).all():
        (result * torch.sin(torch.arange(result.numel()) + 1.0).reshape(result.shape)).sum().backward()
        entry["gradients"] = [numbers(x.grad) if x.requires_grad else None for x in waves]
    cases.append(entry)


REDUCTIONS = ("mean", "sum", "none")
shape = [3, 4]
for r in REDUCTIONS:
    both = [["wave", shape], ["wave", shape]]
    signed = [["wave", shape], ["sign", shape]]
    case("smoothL1", {"reduction": r, "beta": 0.7}, both, lambda x, y: F.smooth_l1_loss(x, y, reduction=r, beta=0.7))
    case("binaryCrossEntropy", {"reduction": r}, [["share", shape], ["share", shape]], lambda x, y: F.binary_cross_entropy(x, y, reduction=r))
    case("tripletMargin", {"reduction": r}, [["wave", shape]] * 3, lambda a, p, n: F.triplet_margin_loss(a, p, n, reduction=r))
    case("cosineEmbedding", {"reduction": r, "margin": 0.1}, [["wave", shape], ["wave", shape], ["sign", [3]]], lambda a, b, y: F.cosine_embedding_loss(a, b, y, 0.1, reduction=r))
    case("hingeEmbedding", {"reduction": r, "margin": 0.9}, signed, lambda x, y: F.hinge_embedding_loss(x, y, 0.9, reduction=r))
    case("softMargin", {"reduction": r}, signed, lambda x, y: F.soft_margin_loss(x, y, reduction=r))
    case("marginRanking", {"reduction": r, "margin": 0.2}, [*both, ["sign", shape]], lambda a, b, y: F.margin_ranking_loss(a, b, y, 0.2, reduction=r))
    for p in (1, 2):
        case("multiMargin", {"reduction": r, "p": p, "margin": 0.8}, [["wave", shape], ["whole", [3], 4]], lambda x, y, weight: F.multi_margin_loss(x, y, p, 0.8, weight, reduction=r), {"weight": ["share", [4]]})
    case("multilabelSoftMargin", {"reduction": r}, [["wave", shape], ["share", shape]], lambda x, y, weight: F.multilabel_soft_margin_loss(x, y, weight, reduction=r), {"weight": ["share", [4]]})
    case("gaussianNll", {"reduction": r, "full": r == "sum", "epsilon": 0.2}, [*both, ["share", shape]], lambda x, y, v: F.gaussian_nll_loss(x, y, v, full=r == "sum", eps=0.2, reduction=r))
    for log in (True, False):
        case("poissonNll", {"reduction": r, "logInput": log, "full": r == "mean"}, [["wave" if log else "share", shape], ["whole", shape, 5]], lambda x, y: F.poisson_nll_loss(x, y.double(), log, r == "mean", reduction=r))
    case("nll", {"reduction": r, "ignoreIndex": 2}, [["wave", [5, 4]], ["whole", [5], 4]], lambda x, y, weight: F.nll_loss(x, y, weight, ignore_index=2, reduction=r), {"weight": ["share", [4]]})

    def focal(x, t, alpha, gamma):
        p = torch.sigmoid(x)
        loss = F.binary_cross_entropy_with_logits(x, t, reduction="none") * (1 - p * t - (1 - p) * (1 - t)) ** gamma
        loss = loss if alpha is None else loss * (alpha * t + (1 - alpha) * (1 - t))
        return {"mean": loss.mean, "sum": loss.sum, "none": lambda: loss}[r]()

    case("focal", {"reduction": r}, [["wave", shape], ["share", shape]], lambda x, t: focal(x, t, 0.25, 2))
    case("focal", {"reduction": r, "alpha": False, "gamma": 1.5}, [["wave", shape], ["share", shape]], lambda x, t: focal(x, t, None, 1.5))

    def dice(x, t, smooth, squared):
        axes = tuple(range(1, x.ndim - 1))
        size = (x**2).sum(axes) + (t**2).sum(axes) if squared else x.sum(axes) + t.sum(axes)
        loss = 1 - (2 * (x * t).sum(axes) + smooth) / (size + smooth)
        return {"mean": loss.mean, "sum": loss.sum, "none": lambda: loss}[r]()

    volume = [["share", [2, 2, 3, 2, 3]], ["share", [2, 2, 3, 2, 3]]]
    case("dice", {"reduction": r}, volume, lambda x, t: dice(x, t, 1e-5, False))
    case("dice", {"reduction": r, "smooth": 1, "squared": True}, volume, lambda x, t: dice(x, t, 1, True))

    def ctc(x, y, lengths, targets, zero=False, blank=0):
        logs = F.log_softmax(x, -1).transpose(0, 1)
        return F.ctc_loss(logs, y, lengths, targets, blank=blank, reduction=r, zero_infinity=zero)

    lengths = {"inputLengths": ["length", [3], 3], "targetLengths": ["whole", [3], 3]}
    case("ctc", {"reduction": r, "blank": 3}, [["wave", [3, 8, 4]], ["whole", [3, 3], 3]], lambda x, y: ctc(x, y, torch.full((3,), 8), torch.full((3,), 3), blank=3))
    # Lengths of 5 to 7, labels of 0 to 2.
    case("ctc", {"reduction": r, "blank": 4}, [["wave", [3, 7, 5]], ["whole", [3, 2], 4]], lambda x, y, inputLengths, targetLengths: ctc(x, y, inputLengths, targetLengths, blank=4), lengths)
    # Three labels of which two are the same need four elements: there are three.
    case("ctc", {"reduction": r, "zeroInfinity": True, "blank": 3}, [["wave", [2, 3, 4]], ["whole", [2, 3], 3]], lambda x, y: ctc(x, y, torch.full((2,), 3), torch.full((2,), 3), True, 3))
    case("ctc", {"reduction": r, "blank": 3}, [["wave", [2, 2, 4]], ["whole", [2, 3], 3]], lambda x, y: ctc(x, y, torch.full((2,), 2), torch.full((2,), 3), blank=3))

case("tripletMargin", {"p": 3, "swap": True, "margin": 2}, [["wave", [2, 5]]] * 3, lambda a, p, n: F.triplet_margin_loss(a, p, n, 2, 3, swap=True))
case("tripletMargin", {"p": 1}, [["wave", [2, 3, 5]]] * 3, lambda a, p, n: F.triplet_margin_loss(a, p, n, p=1))
case("pairwiseDistance", {}, [["wave", [3, 5]], ["wave", [3, 5]]], lambda a, b: F.pairwise_distance(a, b))
case("cosineSimilarity", {}, [["wave", [3, 5]], ["wave", [3, 5]]], lambda a, b: F.cosine_similarity(a, b, -1))
case("nll", {}, [["wave", [2, 3, 4]], ["whole", [2, 3], 4]], lambda x, y: F.nll_loss(x.transpose(1, 2), y))
for r in REDUCTIONS:
    empty = [0, 4]
    case("smoothL1", {"reduction": r}, [["wave", empty], ["wave", empty]], lambda x, y: F.smooth_l1_loss(x, y, reduction=r))
    case("softMargin", {"reduction": r}, [["wave", empty], ["sign", empty]], lambda x, y: F.soft_margin_loss(x, y, reduction=r))
    case("tripletMargin", {"reduction": r}, [["wave", empty]] * 3, lambda a, p, n: F.triplet_margin_loss(a, p, n, reduction=r))

Path(__file__).with_name("lossFunctions.json").write_text(json.dumps(cases))
