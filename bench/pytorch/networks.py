"""The networks of the methods in PyTorch, written after the papers and the tables of docs/: images [N,1,H,W] to as many channels as each says. Independent of the packages, which they are compared with."""

import math
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn


def started(layer, weight, bias=nn.init.zeros_):
    weight(layer.weight)
    if layer.bias is not None:
        bias(layer.bias)
    return layer


def he_normal(slope):
    return lambda weight: nn.init.kaiming_normal_(weight, slope)


def doubled(x):
    return F.interpolate(x, scale_factor=2)


class MaxBlurPool(nn.Module):
    """The largest of 2 x 2, then [1 2 1] x [1 2 1] / 16 at every second pixel, the border repeated once."""

    def forward(self, x):
        x = F.pad(F.max_pool2d(x, 2, 1), (1, 1, 1, 1), mode="replicate")
        return F.avg_pool2d(F.avg_pool2d(x, 2, 1), 2)


class CsbdeepUNet(nn.Module):
    """The U-Net of CSBDeep (Weigert et al. 2018), to one channel. Of n2v, `norm` is a batch norm, whose epsilon is Keras's, and the way up is `narrow`; N2V2 has `blur` and no outermost skip."""

    def __init__(self, depth=2, filters=32, kernel=3, norm=False, narrow=False, blur=False):
        super().__init__()
        self.blur = blur
        width = lambda level: filters * 2 ** (level - 1)

        def convolutions(channels, *widths):
            layers = OrderedDict()
            for i, out in enumerate(widths, 1):
                conv = nn.Conv2d(channels, out, kernel, padding=kernel // 2, bias=not norm)
                layers[f"conv{i}"] = started(conv, nn.init.xavier_uniform_)
                if norm:
                    layers[f"norm{i}"] = nn.BatchNorm2d(out, eps=1e-3)
                layers[f"relu{i}"] = nn.ReLU()
                channels = out
            return nn.Sequential(layers)

        levels = range(1, depth + 1)
        self.down = nn.ModuleList(
            convolutions(1 if level == 1 else width(level - 1), width(level), width(level)) for level in levels
        )
        self.middle = convolutions(width(depth), width(depth + 1), width(depth))
        self.up = nn.ModuleList(
            convolutions(
                width(level) * (1 if blur and level == 1 else 2),
                filters if narrow else width(level),
                width(max(1, level - 1)),
            )
            for level in levels
        )
        self.head = started(nn.Conv2d(filters, 1, 1), nn.init.xavier_uniform_)
        self.pool = MaxBlurPool() if blur else nn.MaxPool2d(2)

    def forward(self, x):
        skips = []
        for block in self.down:
            skips.append(block(x))
            x = self.pool(skips[-1])
        x = self.middle(x)
        for level, block in reversed(list(enumerate(self.up))):
            x = doubled(x)
            x = block(x if self.blur and level == 0 else torch.cat([x, skips[level]], 1))
        return self.head(x)


class Noise2NoiseUNet(nn.Module):
    """The U-Net of Noise2Noise (Lehtinen et al. 2018, table 2 of the appendix), to one channel."""

    def __init__(self, depth, filters):
        super().__init__()

        def convolutions(channels, *widths):
            layers = []
            for out in widths:
                layers += [started(nn.Conv2d(channels, out, 3, padding=1), he_normal(0)), nn.LeakyReLU(0.1)]
                channels = out
            return nn.Sequential(*layers)

        last = round(2 / 3 * filters)
        self.down = nn.ModuleList(
            [convolutions(1, filters, filters)] + [convolutions(filters, filters) for _ in range(depth - 1)]
        )
        self.middle = convolutions(filters, filters)
        self.up = nn.ModuleList()
        channels = filters
        for _ in range(depth - 1):
            self.up.append(convolutions(channels + filters, 2 * filters, 2 * filters))
            channels = 2 * filters
        self.up.append(convolutions(channels + 1, round(4 / 3 * filters), last))
        self.head = started(nn.Conv2d(last, 1, 3, padding=1), he_normal(1))

    def forward(self, x):
        pooled = [x]
        for block in self.down:
            pooled.append(F.max_pool2d(block(pooled[-1]), 2))
        x = self.middle(pooled.pop())
        for block in self.up:
            x = block(torch.cat([doubled(x), pooled.pop()], 1))
        return self.head(x)


class Ppn2vUNet(nn.Module):
    """The U-Net of PPN2V (Prakash et al. 2020): skips are added, and outputs, made of `features` by `head`, are ten times the network's."""

    def __init__(self, depth, filters, outputs):
        super().__init__()
        width = lambda level: filters * 2**level

        def convolutions(channels, out):
            conv = lambda a: started(nn.Conv2d(a, out, 3, padding=1), nn.init.xavier_normal_)
            return nn.Sequential(conv(channels), nn.ReLU(), conv(out), nn.ReLU())

        self.down = nn.ModuleList(
            convolutions(1 if level == 0 else width(level - 1), width(level)) for level in range(depth + 1)
        )
        self.enlarge = nn.ModuleList(
            nn.ConvTranspose2d(width(level + 1), width(level), 2, 2) for level in range(depth)
        )
        self.up = nn.ModuleList(convolutions(width(level), width(level)) for level in range(depth))
        self.last = started(nn.Conv2d(filters, outputs, 1), nn.init.xavier_normal_)

    def features(self, x):
        skips = []
        for block in self.down:
            x = block(F.max_pool2d(x, 2) if skips else x)
            skips.append(x)
        skips.pop()
        for enlarge, up in reversed(list(zip(self.enlarge, self.up))):
            x = up(enlarge(x) + skips.pop())
        return x

    def head(self, features):
        return 10 * self.last(features)


class VariationalAutoencoder(nn.Module):
    """The network of DivNoising (Prakash, Krull and Jug 2021), with weights as PyTorch starts them: `encode` gives means and logarithms of variances, `decode` signals."""

    def __init__(self, depth, filters, latents):
        super().__init__()
        width = lambda level: filters * 2**level
        conv = lambda a, b: nn.Conv2d(a, b, 3, padding=1)
        block = lambda a, b: [conv(a, b), nn.ReLU(), conv(b, b), nn.ReLU()]
        down, up = [], []
        for level in range(depth):
            down += block(1 if level == 0 else width(level - 1), width(level)) + [nn.MaxPool2d(2)]
            channels = latents if level == depth - 1 else width(level + 1)
            up = block(channels, width(level)) + [nn.ConvTranspose2d(width(level), width(level), 2, 2)] + up
        self.encoder = nn.Sequential(*down)
        self.mean, self.log_variance = conv(width(depth - 1), latents), conv(width(depth - 1), latents)
        self.decode = nn.Sequential(*up, conv(filters, 1))

    def encode(self, x):
        x = self.encoder(x)
        return self.mean(x), self.log_variance(x)


class GatedResidual(nn.Module):
    """x + gate(1x1(3x3(elu(3x3(elu(x)))))), gate([a, b]) = elu(a) sigmoid(b), as HDN has it without norms and dropout; without a gate the 1 x 1 convolution is left out."""

    def __init__(self, filters, gated=True):
        super().__init__()
        conv = lambda: nn.Conv2d(filters, filters, 3, padding=1)
        self.branch = nn.Sequential(nn.ELU(), conv(), nn.ELU(), conv())
        self.gate = nn.Conv2d(filters, 2 * filters, 1) if gated else None

    def forward(self, x):
        branch = self.branch(x)
        if self.gate is None:
            return x + branch
        values, opening = self.gate(branch).chunk(2, 1)
        return x + F.elu(values) * torch.sigmoid(opening)


class Merged(nn.Module):
    """Two tensors as one: a 1 x 1 convolution of both, and a residual block."""

    def __init__(self, filters):
        super().__init__()
        self.both = nn.Sequential(nn.Conv2d(2 * filters, filters, 1), GatedResidual(filters))

    def forward(self, a, b):
        return self.both(torch.cat([a, b], 1))


class LadderAutoencoder(nn.Module):
    """The ladder of Hierarchical DivNoising (Prakash et al. 2022), after Sonderby et al. 2016, without norms and dropout, with weights as PyTorch starts them. Lists are of levels, the outermost first."""

    def __init__(self, depth, filters, latents, blocks):
        super().__init__()
        conv = lambda a, b: nn.Conv2d(a, b, 3, padding=1)
        chain = lambda *first: nn.Sequential(*first, *[GatedResidual(filters) for _ in range(blocks)])
        each = lambda make: nn.ModuleList(make() for _ in range(depth))
        between = lambda make: nn.ModuleList(make() for _ in range(depth - 1))
        enlarge = lambda: nn.ConvTranspose2d(filters, filters, 3, 2, 1, output_padding=1)
        self.depth = depth
        self.stem = nn.Sequential(nn.Conv2d(1, filters, 5, padding=2), nn.ELU(), GatedResidual(filters, False))
        self.up = each(lambda: chain(nn.Conv2d(filters, filters, 3, 2, 1)))
        self.innermost = nn.Parameter(torch.zeros(1, 2 * latents, 1, 1))
        self.priors = between(lambda: conv(filters, 2 * latents))
        self.posteriors = each(lambda: conv(filters, 2 * latents))
        self.codes = each(lambda: conv(latents, filters))
        self.merges, self.skips = between(lambda: Merged(filters)), between(lambda: Merged(filters))
        self.down = each(lambda: chain(enlarge()))
        self.last = chain()
        self.head = conv(filters, 1)

    def climb(self, x):
        x, seen = self.stem(x), []
        for up in self.up:
            x = up(x)
            seen.append(x)
        return seen

    def descend(self, seen):
        """A signal, and the divergence of each image and level, [levels,N]."""
        above, divergences = None, []
        for level in reversed(range(self.depth)):
            inner = level == self.depth - 1
            known = seen[level] if inner else self.merges[level](seen[level], above)
            mean, log_variance = self.posteriors[level](known).chunk(2, 1)
            prior = self.innermost if inner else self.priors[level](above)
            expected, log_width = prior.chunk(2, 1)
            square = (mean - expected) ** 2 + log_variance.exp()
            divergence = 0.5 * (log_width - log_variance + square / log_width.exp() - 1)
            divergences.append(divergence.sum((1, 2, 3)))
            code = self.codes[level](mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance))
            above = self.down[level](code if inner else self.skips[level](code, above))
        return self.head(self.last(above)), torch.stack(divergences)


class FilteredUNet(nn.Module):
    """The generator of CLIDiM's preset quick: a U-Net from half resolution, plus the image through a 9 x 9 filter that starts as a Gaussian of sigma 1."""

    def __init__(self, downs, ngf):
        super().__init__()
        lrelu = nn.LeakyReLU(0.1)
        conv = lambda a, b, *form: started(nn.Conv2d(a, b, *form), he_normal(0.1))
        normal = lambda deviation: lambda weight: nn.init.normal_(weight, 0, deviation)
        width = lambda level: ngf * level
        self.down = nn.ModuleList()
        for level in range(1, downs + 1):
            halve = conv(1, ngf, 4, 2, 1) if level == 1 else conv(width(level - 1), width(level), 2, 2)
            self.down.append(nn.Sequential(halve, lrelu, conv(width(level), width(level), 3, 1, 1), lrelu))
        self.enlarge, self.up = nn.ModuleList(), nn.ModuleList()
        for level in range(downs - 1, 0, -1):
            inner, outer = width(level + 1), width(level)
            self.enlarge.append(started(nn.ConvTranspose2d(inner, outer, 2, 2), normal(math.sqrt(1 / inner))))
            self.up.append(nn.Sequential(conv(2 * outer, outer, 3, 1, 1), lrelu))
        self.head = started(nn.ConvTranspose2d(ngf, 1, 4, 2, 1), normal(0.1 * math.sqrt(2 / (16 * ngf))))
        window = torch.exp(-(torch.arange(-4.0, 5.0) ** 2) / 2)
        window = window / window.sum()
        self.filter = nn.Parameter((window[:, None] * window)[None, None])

    def forward(self, image):
        x, skips = image, []
        for block in self.down:
            x = block(x)
            skips.append(x)
        skips.pop()
        for enlarge, up in zip(self.enlarge, self.up):
            x = up(torch.cat([enlarge(x), skips.pop()], 1))
        return self.head(x) + F.conv2d(F.pad(image, (4, 4, 4, 4), mode="replicate"), self.filter)


def move_statistics(network, update):
    """Running statistics of batch norms are means over all batches at first, and Keras's average later."""
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.momentum = max(0.01, 10 / (10 + update))
