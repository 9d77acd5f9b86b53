"""Writes jacobians.json: PyTorch's Jacobians and Hessians, and its gradients of each example of a batch, of functions that both sides can write, in doubles.

Needs torch: python3 jacobians.py, then npx biome format --write jacobians.json.
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.autograd.functional import hessian, jacobian

torch.set_default_dtype(torch.float64)


def values(shape, seed):
    i = torch.arange(math.prod(shape))
    return torch.sin(1.7 * i + 0.3 * (seed + 1) + 0.05 * i**1.5).reshape(shape)


def numbers(x):
    return [float(f"{v:.10g}") for v in x.detach().flatten().tolist()]


def entry(x):
    return {"shape": list(x.shape), "values": numbers(x)}


result = {"jacobians": {}, "hessians": {}}

functions = {
    "softmax": (lambda x: F.softmax(x, -1), [[2, 3]]),
    "affine": (lambda x, w: torch.tanh(x @ w), [[2, 3], [3, 2]]),
    "norm": (lambda x: F.layer_norm(x, [4]), [[2, 4]]),
    "largest": (lambda x: torch.amax(x, 1), [[3, 4]]),
    "product": (lambda x: torch.prod(x, 1), [[2, 4]]),
    "convolution": (lambda x, w: F.conv2d(x, w, padding=1), [[1, 2, 3, 3], [2, 2, 2, 2]]),
}
for name, (f, shapes) in functions.items():
    inputs = tuple(values(shape, i) for i, shape in enumerate(shapes))
    result["jacobians"][name] = {"shapes": shapes, "values": [entry(x) for x in jacobian(f, inputs)]}

scalars = {
    "rosenbrock": (lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum(), [[5]]),
    "logsumexp": (lambda x: torch.logsumexp(x.flatten(), 0), [[2, 3]]),
    "bilinear": (lambda x, y: (torch.sin(x) @ torch.exp(y)).sum(), [[2, 2], [2, 2]]),
}
for name, (f, shapes) in scalars.items():
    inputs = tuple(values(shape, i) for i, shape in enumerate(shapes))
    result["hessians"][name] = {
        "shapes": shapes,
        "values": [[entry(block) for block in row] for row in hessian(f, inputs)],
    }

# Gradients of each example of a small network: a convolution, a maximum over windows, a linear layer, a cross entropy.
shapes = {"images": [4, 1, 6, 6], "kernel": [3, 1, 3, 3], "weight": [12, 5]}
images, kernel, weight = (values(shape, i) for i, shape in enumerate(shapes.values()))
labels = torch.tensor([0, 3, 1, 4])
rows = []
for image, label in zip(images, labels):
    k, w = kernel.clone().requires_grad_(), weight.clone().requires_grad_()
    features = F.max_pool2d(torch.relu(F.conv2d(image[None], k)), 2)
    F.cross_entropy(features.flatten(1) @ w, label[None]).backward()
    rows.append((k.grad, w.grad))
result["examples"] = {
    "shapes": shapes,
    "labels": labels.tolist(),
    "kernel": entry(torch.stack([k for k, _ in rows])),
    "weight": entry(torch.stack([w for _, w in rows])),
}

Path(__file__).with_name("jacobians.json").write_text(json.dumps(result))
