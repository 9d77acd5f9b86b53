"""Writes pytorch.json: outputs, losses and gradients of the networks that several methods share, and of Noise2Noise's, and what three updates by Adam do to them, in PyTorch with doubles.

Weights and images are sines that both sides can make, so that the file is small. Needs torch: python3 pytorchFixture.py, then npx biome format --write pytorch.json. Noise2Void, whose norms have
statistics, and variational autoencoders, which draw, have files of their own: ../noise2void/pytorch.json, ../variational/pytorch.json
"""

import json
import math
from collections import OrderedDict
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
SHAPE = (2, 1, 8, 12)


def convolutions(channels, *widths, kernel=3, slope=0.0):
    layers = OrderedDict()
    for i, width in enumerate(widths, 1):
        layers[f"conv{i}"] = nn.Conv2d(channels, width, kernel, padding=kernel // 2)
        layers[f"relu{i}"] = nn.LeakyReLU(slope)
        channels = width
    return nn.Sequential(layers)


def only(layer):
    return nn.Sequential(OrderedDict(conv=layer))


class Csbdeep(nn.Module):
    """Two halvings, as CARE has it."""

    def __init__(self, f=3, kernel=5, heads=("head",)):
        super().__init__()
        self.down1 = convolutions(1, f, f, kernel=kernel)
        self.down2 = convolutions(f, 2 * f, 2 * f, kernel=kernel)
        self.middle = convolutions(2 * f, 4 * f, 2 * f, kernel=kernel)
        self.up2 = convolutions(4 * f, 2 * f, f, kernel=kernel)
        self.up1 = convolutions(2 * f, f, f, kernel=kernel)
        self.heads = heads
        for head in heads:
            setattr(self, head, only(nn.Conv2d(f, 1, 1)))

    def forward(self, x):
        outer = self.down1(x)
        inner = self.down2(F.max_pool2d(outer, 2))
        x = self.middle(F.max_pool2d(inner, 2))
        x = self.up2(torch.cat([F.interpolate(x, scale_factor=2), inner], 1))
        x = self.up1(torch.cat([F.interpolate(x, scale_factor=2), outer], 1))
        return torch.cat([getattr(self, head)(x) for head in self.heads], 1)


def normed(channels, *widths):
    layers = OrderedDict()
    for i, width in enumerate(widths, 1):
        layers[f"conv{i}"] = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        layers[f"norm{i}"], layers[f"relu{i}"] = nn.BatchNorm2d(width, eps=1e-3), nn.ReLU()
        channels = width
    return nn.Sequential(layers)


class Noise2Void(nn.Module):
    """Two halvings, narrow on the way up, with batch norms."""

    def __init__(self, f=3):
        super().__init__()
        self.down1 = normed(1, f, f)
        self.down2 = normed(f, 2 * f, 2 * f)
        self.middle = normed(2 * f, 4 * f, 2 * f)
        self.up2 = normed(4 * f, f, f)
        self.up1 = normed(2 * f, f, f)
        self.head = only(nn.Conv2d(f, 1, 1))

    def forward(self, x):
        outer = self.down1(x)
        inner = self.down2(F.max_pool2d(outer, 2))
        x = self.middle(F.max_pool2d(inner, 2))
        x = self.up2(torch.cat([F.interpolate(x, scale_factor=2), inner], 1))
        return self.head(self.up1(torch.cat([F.interpolate(x, scale_factor=2), outer], 1)))


class Ppn2v(nn.Module):
    def __init__(self, f=3, outputs=2):
        super().__init__()
        self.down1 = convolutions(1, f, f)
        self.down2 = convolutions(f, 2 * f, 2 * f)
        self.down3 = convolutions(2 * f, 4 * f, 4 * f)
        self.enlarge2 = only(nn.ConvTranspose2d(4 * f, 2 * f, 2, stride=2))
        self.up2 = convolutions(2 * f, 2 * f, 2 * f)
        self.enlarge1 = only(nn.ConvTranspose2d(2 * f, f, 2, stride=2))
        self.up1 = convolutions(f, f, f)
        self.head = only(nn.Conv2d(f, outputs, 1))

    def forward(self, x):
        outer = self.down1(x)
        inner = self.down2(F.max_pool2d(outer, 2))
        x = self.down3(F.max_pool2d(inner, 2))
        x = self.up2(self.enlarge2(x) + inner)
        return 10 * self.head(self.up1(self.enlarge1(x) + outer))


class Noise2Noise(nn.Module):
    """Two halvings, the outermost and the innermost of the five."""

    def __init__(self, f=6):
        super().__init__()
        self.down1 = convolutions(1, f, f, slope=0.1)
        self.down2 = convolutions(f, f, slope=0.1)
        self.middle = convolutions(f, f, slope=0.1)
        self.up2 = convolutions(2 * f, 2 * f, 2 * f, slope=0.1)
        self.up1 = convolutions(2 * f + 1, 4 * f // 3, 2 * f // 3, slope=0.1)
        self.head = only(nn.Conv2d(2 * f // 3, 1, 3, padding=1))

    def forward(self, x):
        outer = F.max_pool2d(self.down1(x), 2)
        inner = self.middle(F.max_pool2d(self.down2(outer), 2))
        inner = self.up2(torch.cat([F.interpolate(inner, scale_factor=2), outer], 1))
        return self.head(self.up1(torch.cat([F.interpolate(inner, scale_factor=2), x], 1)))


def drawn(distribution):
    """Given values for what is drawn."""
    n, c, h, w = distribution.mean.shape
    normals = 1.5 * torch.sin(0.8 * torch.arange(n * h * w * c) + 0.2).reshape(n, h, w, c).permute(0, 3, 1, 2)
    return distribution.mean + normals * distribution.stddev


class Vae(nn.Module):
    """Two halvings, as DivNoising has it, with given values for what is drawn: the signal, and the divergence per pixel."""

    def __init__(self, f=3, latents=2):
        super().__init__()
        self.down1 = convolutions(1, f, f)
        self.down2 = convolutions(f, 2 * f, 2 * f)
        self.mean = only(nn.Conv2d(2 * f, latents, 3, padding=1))
        self.logVariance = only(nn.Conv2d(2 * f, latents, 3, padding=1))
        self.up2 = convolutions(latents, 2 * f, 2 * f)
        self.up2.add_module("enlarge", nn.ConvTranspose2d(2 * f, 2 * f, 2, stride=2))
        self.up1 = convolutions(2 * f, f, f)
        self.up1.add_module("enlarge", nn.ConvTranspose2d(f, f, 2, stride=2))
        self.head = only(nn.Conv2d(f, 1, 3, padding=1))

    def forward(self, x):
        inner = F.max_pool2d(self.down2(F.max_pool2d(self.down1(x), 2)), 2)
        mean, log_variance = self.mean(inner), self.logVariance(inner)
        code = torch.distributions.Normal(mean, (log_variance / 2).exp())
        kl = torch.distributions.kl_divergence(code, torch.distributions.Normal(0.0, 1.0)).sum() / x.numel()
        return self.head(self.up1(self.up2(drawn(code)))), kl


class Residual(nn.Module):
    """Pre-activated, with batch norms, gated but for the first of a network, whose channels are not doubled."""

    def __init__(self, f, gated=True):
        super().__init__()
        self.gated = gated
        for i in (1, 2):
            setattr(self, f"norm{i}", nn.BatchNorm2d(f))
            setattr(self, f"conv{i}", nn.Conv2d(f, f, 3, padding=1))
        if gated:
            self.gate = nn.Conv2d(f, 2 * f, 1)

    def forward(self, x):
        inner = self.conv1(F.elu(self.norm1(x)))
        inner = self.conv2(F.elu(self.norm2(inner)))
        if not self.gated:
            return x + inner
        values, gate = self.gate(inner).chunk(2, 1)
        return x + F.elu(values) * torch.sigmoid(gate)


class Hdn(nn.Module):
    """Two levels of two residual blocks each, as HDN has six of five: the signal, and the divergence per pixel of which 0.3 nats of each image and level are free."""

    LEVELS, BLOCKS, FREE = (1, 2), (1, 2), 0.3

    def __init__(self, f=3, latents=2):
        super().__init__()
        three = lambda a, b, **options: only(nn.Conv2d(a, b, 3, padding=1, **options))
        self.stem = only(nn.Conv2d(1, f, 5, padding=2))
        self.stemBlock = Residual(f, gated=False)
        self.prior2 = nn.Module()
        self.prior2.everywhere = nn.ParameterDict(
            {name: nn.Parameter(torch.zeros(latents)) for name in ("mean", "logVariance")}
        )
        for level in self.LEVELS:
            setattr(self, f"halve{level}", three(f, f, stride=2))
            setattr(self, f"posterior{level}", three(f, 2 * latents))
            setattr(self, f"code{level}", three(latents, f))
            enlarge = nn.ConvTranspose2d(f, f, 3, stride=2, padding=1, output_padding=1)
            setattr(self, f"enlarge{level}", only(enlarge))
        self.prior1 = three(f, 2 * latents)
        for name in ("merge1", "skip1"):
            setattr(self, name, only(nn.Conv2d(2 * f, f, 1)))
            setattr(self, f"{name}Block", Residual(f))
        for i in self.BLOCKS:
            for chain in ("up1", "up2", "down1", "down2", "last"):
                setattr(self, f"{chain}Block{i}", Residual(f))
        self.head = three(f, 1)

    def chain(self, name, x):
        for i in self.BLOCKS:
            x = getattr(self, f"{name}Block{i}")(x)
        return x

    def merged(self, name, a, b):
        return getattr(self, f"{name}Block")(getattr(self, name)(torch.cat([a, b], 1)))

    def forward(self, x):
        normal = lambda both: torch.distributions.Normal(both.chunk(2, 1)[0], (both.chunk(2, 1)[1] / 2).exp())
        seen1 = self.chain("up1", self.halve1(self.stemBlock(F.elu(self.stem(x)))))
        seen2 = self.chain("up2", self.halve2(seen1))
        innermost = self.prior2.everywhere
        expected2 = torch.distributions.Normal(
            innermost["mean"].view(1, -1, 1, 1), (innermost["logVariance"] / 2).exp().view(1, -1, 1, 1)
        )
        known2 = normal(self.posterior2(seen2))
        above = self.chain("down2", self.enlarge2(self.code2(drawn(known2))))
        expected1 = normal(self.prior1(above))
        known1 = normal(self.posterior1(self.merged("merge1", seen1, above)))
        outer = self.merged("skip1", self.code1(drawn(known1)), above)
        signal = self.head(self.chain("last", self.chain("down1", self.enlarge1(outer))))
        kls = [
            torch.distributions.kl_divergence(known, expected).sum((1, 2, 3))
            for known, expected in ((known1, expected1), (known2, expected2))
        ]
        self.kls = torch.stack(kls)
        return signal, self.kls.clamp(min=self.FREE).sum() / x.numel()


def fill(network, gain=2):
    """All but norms, which start as they do."""
    named = sorted(item for item in network.state_dict().items() if not item[0].endswith("num_batches_tracked"))
    for t, (name, tensor) in enumerate(named):
        if ".norm" in name:
            continue
        i = torch.arange(tensor.numel())
        scale = gain / math.sqrt(tensor[0].numel()) if name.endswith("weight") else 0.1
        tensor.copy_((scale * torch.sin(1 + 0.7 * i + 0.013 * i**2 + 1.3 * t)).reshape(tensor.shape))


def laplace(x, output, target):
    """CSBDeep's: a residual mean, and softplus plus 1e-3 as the scale."""
    mean, scale = x + output[:, :1], F.softplus(output[:, 1:]) + 1e-3
    return ((mean - target).abs() / scale + scale.log() + math.log(2)).mean()


def noise_density(x, s):
    """PPN2V's mixture of two, in grey values, of which network values are 2.5 times as many less 0.3."""
    x, s = (x + 0.3) / 2.5, (s + 0.3) / 2.5
    t = ((s + 0.4) / 0.9).clamp(0, 1)
    weights = torch.softmax(torch.stack([0.3 - 0.8 * t, 0.5 * t]), 0)
    variances = torch.stack([0.02 + 0.05 * t, 0.01 + 0.2 * t]).clamp(min=0.03)
    means = torch.stack([0.1 * t - 0.05, 0.02 + 0 * t])
    means = s + means - (weights * means).sum(0)
    densities = torch.exp(-((x - means) ** 2) / (2 * variances)) / (2 * math.pi * variances).sqrt()
    return (weights * densities).sum(0) + 1e-10


def pn2v(x, output, target):
    """At every third pixel."""
    likelihood = noise_density(target, output).mean(1)
    return -likelihood.flatten()[::3].log().mean()


def mmse(x, output):
    densities = noise_density(x, output)
    return (densities * output).sum(1) / densities.sum(1)


def divnoising(x, output, target):
    signal, kl = output
    return kl - noise_density(x, signal).log().mean()


def vae(x, output, target):
    """With the normal distribution that fits the batch best."""
    signal, kl = output
    fitted = torch.distributions.Normal(signal, (signal - x).square().mean().sqrt())
    return kl - fitted.log_prob(x).mean()


def projected(tensor):
    return (tensor.flatten() * torch.sin(torch.arange(tensor.numel()).double())).sum().item()


def three_updates(network, loss, x, target):
    """Losses before each, and how far the weights are moved."""
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.9, 0.99))
    losses = []
    for _ in range(3):
        value = loss(x, network(x), target)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    moved = {name: projected(p.detach() - before[name]) for name, p in sorted(network.named_parameters())}
    return {"losses": losses, "moved": moved}


def result(network, loss, gain=2):
    fill(network, gain)
    i = torch.arange(math.prod(SHAPE))
    x = torch.sin(0.9 * i**1.3).reshape(SHAPE)
    target = 0.5 * torch.cos(i.double()).reshape(SHAPE)
    output = network(x)
    value = loss(x, output, target)
    value.backward()
    gradients = {name: projected(p.grad) for name, p in sorted(network.named_parameters())}
    output = output[0] if isinstance(output, tuple) else output
    channels_last = output.detach().permute(0, 2, 3, 1).flatten()
    return {
        **{"loss": value.item(), "output": channels_last[::7].tolist(), "gradients": gradients},
        "updates": three_updates(network, loss, x, target),
    }


def noise2void():
    """Three updates with a blind spot at every seventh pixel, where the image is mirrored in value."""
    network = Noise2Void()
    fill(network)
    i = torch.arange(math.prod(SHAPE))
    x = torch.sin(0.9 * i**1.3).reshape(SHAPE)
    mask = (i % 7 == 3).reshape(SHAPE)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.9, 0.99))
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    losses = []
    for update in range(3):
        for norm in (module for module in network.modules() if isinstance(module, nn.BatchNorm2d)):
            norm.momentum = max(0.01, 10 / (10 + update))
        value = (network(torch.where(mask, -x, x)) - x)[mask].abs().mean()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    moved = {name: projected(p.detach() - before[name]) for name, p in sorted(network.named_parameters())}
    running = {name: projected(b) for name, b in sorted(network.named_buffers()) if "running" in name}
    return {"losses": losses, "moved": moved, "running": running}


def posterior(network):
    """The mean of the samples, weighted, at every seventh pixel."""
    fill(network)
    x = torch.sin(0.9 * torch.arange(math.prod(SHAPE)) ** 1.3).reshape(SHAPE)
    return {"mmse": mmse(x, network(x)).detach().flatten()[::7].tolist()}


mse = lambda x, output, target: (output[:, :1] - target).square().mean()
results = {
    "ppn2v": result(Ppn2v(), mse),
    "csbdeep": result(Csbdeep(), lambda x, output, target: (x + output - target).abs().mean()),
    "csbdeepLaplace": result(Csbdeep(heads=("head", "scale")), laplace),
    "noise2noise": result(Noise2Noise(), mse),
    "pn2v": {**result(Ppn2v(outputs=5), pn2v), **posterior(Ppn2v(outputs=5))},
}
variational = {
    "divnoising": result(Vae(), divnoising),
    "hdn": result(Hdn(), divnoising, gain=0.8),
    "vae": result(Vae(), vae),
}
Path(__file__).parent.parent.joinpath("variational/pytorch.json").write_text(json.dumps(variational))
Path(__file__).parent.parent.joinpath("noise2void/pytorch.json").write_text(json.dumps(noise2void()))
Path(__file__).with_name("pytorch.json").write_text(json.dumps(results))
