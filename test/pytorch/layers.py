"""Writes layers.json: what PyTorch's layers make of inputs and weights that both sides can make, and the gradients of all of them, in doubles.

Needs torch: python3 layers.py, then npx biome format --write layers.json. A case has the name and the options of the layer here, the shape of its input, channels last, and the shapes of the
weights by PyTorch's names and in its layouts.
"""

import json
import math
from pathlib import Path

import torch
from torch import nn

torch.set_default_dtype(torch.float64)


def values(shape, seed=0):
    i = torch.arange(math.prod(shape)).double()
    return torch.sin(1.7 * i + 0.3 * (seed + 1) + 0.05 * i**1.5).reshape(shape)


def whole(shape, limit, seed=0):
    i = torch.arange(math.prod(shape))
    return ((i * 7 + seed * 3 + i * i) % limit).reshape(shape)


def inner(x):
    return x.permute(0, -1, *range(1, x.ndim - 1))


def outer(x):
    return x.permute(0, *range(2, x.ndim), 1)


def numbers(x):
    return [float(f"{v:.7g}") for v in x.detach().flatten().tolist()]


cases = []


def record(name, options, layer, x, f, **more):
    """What `f` of the layer and the input is; the weights are those of both sides."""
    weights = {key: weight for key, weight in layer.named_parameters()}
    with torch.no_grad():
        for seed, weight in enumerate(weights.values()):
            weight.copy_(values(weight.shape, seed + 1))
    result = f(layer, x)
    entry = {"name": name, "options": options, "shape": list(x.shape), **more}
    entry["weights"] = {key: list(weight.shape) for key, weight in weights.items()}
    entry["result"] = {"shape": list(result.shape), "values": numbers(result)}
    if result.numel() > 0:
        (result * torch.sin(torch.arange(result.numel()) + 1.0).reshape(result.shape)).sum().backward()
        entry["gradients"] = {key: numbers(weight.grad) for key, weight in weights.items()}
        if x.requires_grad:
            entry["gradient"] = numbers(x.grad)
    cases.append(entry)


def images(name, options, layer, shape):
    record(name, options, layer, values(shape).requires_grad_(), lambda f, x: outer(f(inner(x))))


SHAPES = {1: [2, 9, 4], 2: [2, 6, 5, 4], 3: [2, 4, 5, 3, 4]}
MODES = {"zero": "zeros", "reflect": "reflect", "edge": "replicate", "circular": "circular"}
CONV = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
TRANSPOSED = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
for rank, shape in SHAPES.items():
    for kernel, stride, padding, dilation, groups, bias, mode in [
        (3, 1, 1, 1, 1, True, "zero"), (2, 2, 0, 1, 2, False, "zero"), (2, 1, 1, 2, 1, True, "zero"),
        (3, 1, 1, 1, 2, True, "reflect"), (3, 2, 1, 1, 1, True, "edge"), (2, 1, 1, 1, 1, True, "circular"),
    ]:
        options = {"out": 2, "kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation, "groups": groups, "bias": bias, "paddingMode": mode}
        if rank == 3 and mode == "reflect":
            continue
        images(f"conv{rank}d", options, CONV[rank](4, 2, kernel, stride, padding, dilation, groups, bias, MODES[mode]), shape)
    for kernel, stride, padding, extra, dilation, groups, bias in [
        (2, 2, 0, 0, 1, 1, True), (3, 2, 1, 1, 1, 2, True), (3, 1, 1, 0, 2, 1, False), (2, 3, 0, 2, 1, 1, True),
    ]:
        options = {"out": 2, "kernel": kernel, "stride": stride, "padding": padding, "outputPadding": extra, "dilation": dilation, "groups": groups, "bias": bias}
        small = [extent if i in (0, rank + 1) else 3 for i, extent in enumerate(shape)]
        images(f"convTranspose{rank}d", options, TRANSPOSED[rank](4, 2, kernel, stride, padding, extra, groups, bias, dilation), small)
images("conv3d", {"out": 3, "kernel": [1, 2, 3], "stride": [2, 1, 1], "padding": [0, 1, 1]}, nn.Conv3d(4, 3, (1, 2, 3), (2, 1, 1), (0, 1, 1)), SHAPES[3])
images("convTranspose3d", {"out": 3, "kernel": [3, 1, 2], "stride": [2, 1, 1], "padding": [1, 0, 0]}, nn.ConvTranspose3d(4, 3, (3, 1, 2), (2, 1, 1), (1, 0, 0)), [1, 3, 2, 2, 4])
for rank in (1, 2, 3):
    empty = [0, *SHAPES[rank][1:]]
    images(f"conv{rank}d", {"out": 2, "kernel": 2}, CONV[rank](4, 2, 2), empty)

POOLS = {"maxPool": (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d), "avgPool": (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)}
ADAPTIVE = {"adaptiveAvgPool": (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d), "adaptiveMaxPool": (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)}
for rank, shape in SHAPES.items():
    for name, kinds in POOLS.items():
        images(f"{name}{rank}d", {"kernel": 3, "stride": 2, "padding": 1, "ceilMode": True}, kinds[rank - 1](3, 2, 1, ceil_mode=True), shape)
    for name, kinds in ADAPTIVE.items():
        images(f"{name}{rank}d", 2, kinds[rank - 1](2), shape)
images("pixelShuffle", 2, nn.PixelShuffle(2), [2, 3, 2, 8])
images("pixelUnshuffle", 2, nn.PixelUnshuffle(2), [1, 4, 6, 2])

for rank, shape in SHAPES.items():
    norms = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
    images("batchNorm", {}, norms[rank - 1](4), shape)
    images("groupNorm", {"groups": 2}, nn.GroupNorm(2, 4), shape)
    images("instanceNorm", {"affine": True}, (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)[rank - 1](4, affine=True), shape)
    record("layerNorm", {"axes": rank}, nn.LayerNorm(shape[-rank:]), values(shape).requires_grad_(), lambda f, x: f(x))

record("embedding", {"count": 5, "size": 3, "paddingIndex": 2}, nn.Embedding(5, 3, padding_idx=2), whole([2, 4], 5), lambda f, x: f(x), integers=5)
for mode in ("sum", "mean", "max"):
    for padding in (None, 1):
        options = {"count": 5, "size": 3, "mode": mode, **({} if padding is None else {"paddingIndex": padding})}
        make = lambda: nn.EmbeddingBag(5, 3, mode=mode, padding_idx=padding)
        record("embeddingBag", options, make(), whole([3, 4], 5), lambda f, x: f(x), integers=5)
        offsets = [0, 3, 3, 7]
        record("embeddingBag", options, make(), whole([9], 5), lambda f, x: f(x, torch.tensor(offsets)), integers=5, offsets=offsets)
weights = values([3, 4], 7)
record("embeddingBag", {"count": 5, "size": 3, "mode": "sum"}, nn.EmbeddingBag(5, 3, mode="sum"), whole([3, 4], 5), lambda f, x: f(x, per_sample_weights=weights), integers=5, weighted=7)

RECURRENT = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
for name, make in RECURRENT.items():
    for layers, both, bias, lengths in [(1, False, True, None), (2, True, True, None), (2, False, False, [2, 4, 3]), (1, True, True, [4, 1, 3])]:
        directions = 2 if both else 1
        options = {"size": 3, "layers": layers, "bidirectional": both, "bias": bias}
        if name == "rnn" and lengths:
            options["nonlinearity"] = "relu"
        torch_options = {"nonlinearity": "relu"} if "nonlinearity" in options else {}
        layer = make(2, 3, layers, bias=bias, batch_first=True, bidirectional=both, **torch_options)

        def everything(f, x):
            """Outputs, then the members of the last state, in one row."""
            states = [values([layers * directions, 3, 3], seed) for seed in ((20, 21) if name == "lstm" else (20,))]
            first = tuple(states) if name == "lstm" else states[0]
            if lengths is None:
                output, last = f(x, first)
            else:
                packed, last = f(nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), True, False), first)
                output = nn.utils.rnn.pad_packed_sequence(packed, True, total_length=x.shape[1])[0]
            return torch.cat([part.flatten() for part in (output, *(last if name == "lstm" else (last,)))])

        record(name, options, layer, values([3, 4, 2]).requires_grad_(), everything, states=2 if name == "lstm" else 1, **({"lengths": lengths} if lengths else {}))

Path(__file__).with_name("layers.json").write_text(json.dumps(cases))
