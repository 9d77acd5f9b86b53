"""Writes small models of PyTorch as ONNX files beside this script, with an input and PyTorch's result of each in models.json.

    python3 test/import/models.py

Needs PyTorch; the weights are random, from a fixed seed.
"""

import io
import json
import math
import pathlib
import warnings

import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
here = pathlib.Path(__file__).parent


class BasicBlock(nn.Module):
    """Of a residual network (He et al., 2016)."""

    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.down = None
        if stride != 1 or cin != cout:
            self.down = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.down is None else self.down(x)))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.body = nn.Sequential(BasicBlock(8, 8, 1), BasicBlock(8, 16, 2))
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        return F.softmax(self.head(torch.flatten(F.adaptive_avg_pool2d(self.body(self.stem(x)), 1), 1)), 1)


class UNet(nn.Module):
    """With padding to the sizes that it takes, interpolation, a transposed convolution and other ways through it."""

    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.GroupNorm(2, 8), nn.SiLU())
        self.b = nn.Sequential(nn.Conv2d(8, 16, 3, padding=1, groups=2), nn.InstanceNorm2d(16, affine=True), nn.LeakyReLU(0.1))
        self.c = nn.Sequential(nn.Conv2d(16, 16, 3, padding=2, dilation=2, padding_mode="zeros"), nn.ELU(), nn.PReLU(16))
        self.up = nn.ConvTranspose2d(16, 8, 4, 2, 1)
        self.d = nn.Conv2d(24, 8, 3, padding=1, padding_mode="reflect")
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        h, w = x.shape[2:]
        x = F.pad(x, (0, 3, 1, 2), "replicate")
        a = self.a(x)
        b = self.b(F.avg_pool2d(a, 2))
        c = self.c(F.max_pool2d(b, 2))
        b = torch.cat([F.interpolate(c, scale_factor=2, mode="bilinear", align_corners=False), b], 1)
        b = b[:, ::2] + b[:, 1::2]
        a = torch.cat([self.up(b), F.interpolate(b, scale_factor=2, mode="nearest")], 1)
        y = self.out(F.gelu(self.d(a)))
        return (y.clamp(-0.9, 0.9) + x.mean((2, 3), keepdim=True))[:, :, 1 : 1 + h, :w]


class Encoder(nn.Module):
    """A transformer over tokens: embedding, positions, attention with a mask, layer normalisation."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(20, 16)
        self.layers = nn.ModuleList(nn.ModuleDict({
            "qkv": nn.Linear(16, 48), "out": nn.Linear(16, 16), "n1": nn.LayerNorm(16), "n2": nn.LayerNorm(16),
            "up": nn.Linear(16, 32), "down": nn.Linear(32, 16)}) for _ in range(2))

    def forward(self, tokens):
        n, length = tokens.shape
        x = self.tokens(tokens)
        x = x + torch.sin(torch.arange(length, dtype=torch.float32)[:, None] * torch.arange(16) / 10)
        later = torch.triu(torch.ones(length, length), 1).bool()
        for layer in self.layers:
            q, k, v = layer["qkv"](layer["n1"](x)).reshape(n, length, 3, 4, 4).permute(2, 0, 3, 1, 4).unbind(0)
            scores = (q @ k.transpose(-2, -1) / math.sqrt(4)).masked_fill(later, -1e9)
            x = x + layer["out"]((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, length, 16))
            x = x + layer["down"](F.gelu(layer["up"](layer["n2"](x))))
        return x, x.argmax(-1)


class Sequence(nn.Module):
    """One dimension: strided and dilated convolutions, their transpose, pooling, running sums."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(2, 6, 5, stride=2, padding=2)
        self.dilated = nn.Conv1d(6, 6, 3, padding=2, dilation=2, groups=3)
        self.up = nn.ConvTranspose1d(6, 4, 3, stride=2, padding=1, output_padding=1)

    def forward(self, x):
        y = self.up(F.hardswish(self.dilated(torch.tanh(self.conv(x)))))
        y = F.max_pool1d(y, 3, 2, ceil_mode=True) + F.avg_pool1d(y, 3, 2, 1, ceil_mode=True, count_include_pad=False)[:, :, : (y.shape[2] - 1 + 1) // 2]
        return torch.cumsum(y, 2), y.std(2, unbiased=False), torch.topk(y, 3, dim=2)[0]


class Volume(nn.Module):
    """Three dimensions."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(1, 4, 3, padding=1)
        self.bn = nn.BatchNorm3d(4)

    def forward(self, x):
        return F.max_pool3d(F.softplus(self.bn(self.conv(x))), 2).amax(1)


def trained(model):
    """Running statistics that are not those of the start."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.BatchNorm3d)):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
    return model.eval()


def numbers(t):
    return {"shape": list(t.shape), "data": [float(f"{v:.7g}") for v in t.flatten().tolist()]}


cases = {
    # name: model, input, open axes, opset
    "resnet": (ResNet, lambda: torch.randn(2, 3, 32, 32), {0: "batch"}, 13),
    "unet": (UNet, lambda: torch.randn(1, 1, 17, 29), {}, 11),
    "unet-open": (UNet, lambda: torch.randn(2, 1, 17, 29), {0: "batch", 2: "height", 3: "width"}, 16),
    "encoder": (Encoder, lambda: torch.randint(0, 20, (2, 7)), {0: "batch", 1: "length"}, 14),
    "sequence": (Sequence, lambda: torch.randn(2, 2, 31), {}, 12),
    "volume": (Volume, lambda: torch.randn(1, 1, 6, 8, 10), {}, 15),
}

results = {}
for name, (model, given, axes, opset) in cases.items():
    torch.manual_seed(3)
    model = trained(model())
    x = given()
    with torch.no_grad():
        y = model(x)
    y = y if isinstance(y, tuple) else (y,)
    names = [f"y{i}" for i in range(len(y))]
    opened = {"x": axes, **{n: {0: "batch"} for n in names}} if axes else {}
    buffer = io.BytesIO()
    torch.onnx.export(model, x, buffer, opset_version=opset, input_names=["x"], output_names=names, dynamic_axes=opened)
    (here / f"{name}.onnx").write_bytes(buffer.getvalue())
    results[name] = {"input": numbers(x), "outputs": {n: numbers(v) for n, v in zip(names, y)}}

(here / "models.json").write_text(json.dumps(results) + "\n")
