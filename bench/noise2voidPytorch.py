"""Noise2Void in PyTorch, for comparison with `packages/methods/src/noise2void`: the same network, masks, loss, normalisation, optimiser and schedule; random
numbers differ. The defaults are those of the preset laptop, `clidim train --method noise2void`. No clean page is read before the network is trained.

    python noise2voidPytorch.py --noisy fov0[1-9]_noisy.tif --test fov1[0-2]_noisy.tif --clean clean.tif --test-first 9
    python noise2voidPytorch.py --noisy noisy.tif --pages 0 18 --test noisy.tif --test-pages 18 24 --clean clean.tif --test-first 18

Page `test-first + i` of the clean file belongs to test file i, or with `test-pages` to page i of these. Needs torch, numpy, tifffile and scikit-image.
"""

import argparse
import math
import time
from collections import OrderedDict

import numpy as np
import tifffile
import torch
import torch.nn.functional as F
from skimage.metrics import structural_similarity
from torch import nn


def read(path):
    pages = tifffile.imread(path).astype(np.float32)
    return list(pages if pages.ndim == 3 else pages[None])


class Convolutions(nn.Sequential):
    """Convolution, batch norm and ReLU for each number of channels; the bias is the batch norm's."""

    def __init__(self, channels, *widths, kernel):
        layers = OrderedDict()
        for i, width in enumerate(widths, 1):
            layers[f"conv{i}"] = nn.Conv2d(channels, width, kernel, padding=kernel // 2, bias=False)
            nn.init.xavier_uniform_(layers[f"conv{i}"].weight)
            layers[f"norm{i}"], layers[f"relu{i}"] = nn.BatchNorm2d(width, eps=1e-3), nn.ReLU()
            channels = width
        super().__init__(layers)


class MaxBlurPool(nn.Module):
    """The largest of 2 x 2, then [1 2 1] x [1 2 1] / 16 at every second pixel, the border repeated once."""

    def forward(self, x):
        x = F.pad(F.max_pool2d(x, 2, 1), (1, 1, 1, 1), mode="replicate")
        return F.avg_pool2d(F.avg_pool2d(x, 2, 1), 2)


class UNet(nn.Module):
    def __init__(self, kernel, base, blur):
        super().__init__()
        self.blur = blur
        self.down1 = Convolutions(1, base, base, kernel=kernel)
        self.down2 = Convolutions(base, 2 * base, 2 * base, kernel=kernel)
        self.middle = Convolutions(2 * base, 4 * base, 2 * base, kernel=kernel)
        self.up2 = Convolutions(4 * base, 2 * base if blur else base, base, kernel=kernel)
        self.up1 = Convolutions(base if blur else 2 * base, base, base, kernel=kernel)
        self.head = nn.Sequential(OrderedDict(conv=nn.Conv2d(base, 1, 1)))
        nn.init.xavier_uniform_(self.head.conv.weight)
        nn.init.zeros_(self.head.conv.bias)
        self.pool = MaxBlurPool() if blur else nn.MaxPool2d(2)

    def forward(self, x):
        outer = self.down1(x)
        inner = self.down2(self.pool(outer))
        x = self.middle(self.pool(inner))
        x = self.up2(torch.cat([F.interpolate(x, scale_factor=2), inner], 1))
        x = F.interpolate(x, scale_factor=2)
        return self.head(self.up1(x if self.blur else torch.cat([x, outer], 1)))


def blind_spots(random, count, side, box):
    """Sample, row and column of one random pixel per box; those outside are dropped."""
    boxes = math.ceil(side / box)
    sample, row, column = np.indices((count, boxes, boxes))
    y = row * box + random.integers(box, size=row.shape)
    x = column * box + random.integers(box, size=row.shape)
    inside = (y < side) & (x < side)
    return sample[inside], y[inside], x[inside]


def replaced(random, images, spots, manipulator, radius):
    """What stands at the blind spots: a value of the window around each, cut at the border of the image."""
    side = images.shape[-1]
    values = []
    for sample, y, x in zip(*spots):
        top, left = max(0, y - radius), max(0, x - radius)
        window = images[sample, top : y + radius + 1, left : x + radius + 1]
        others = np.delete(window.ravel(), (y - top) * window.shape[1] + x - left)
        if manipulator == "uniform_withCP":
            values.append(random.choice(window.ravel()))
        elif manipulator == "uniform_withoutCP":
            values.append(random.choice(others))
        else:
            values.append(np.median(others))
    masked = images.copy()
    masked[spots] = values
    return masked


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--noisy", nargs="+", required=True)
    parser.add_argument("--pages", type=int, nargs=2, help="pages of the noisy file to train on: first, end")
    parser.add_argument("--test", nargs="+", required=True)
    parser.add_argument("--test-pages", type=int, nargs=2)
    parser.add_argument("--clean", required=True)
    parser.add_argument("--test-first", type=int, required=True)
    parser.add_argument("--n2v2", action="store_true", help="blur pooling and no outer skip")
    parser.add_argument("--kernel", type=int, default=3)
    parser.add_argument("--base", type=int, default=16)
    parser.add_argument("--crop", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--updates", type=int, default=500)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--constant", type=float, default=0.5)
    parser.add_argument("--loss", choices=["mse", "mae"], default="mse")
    parser.add_argument("--percent", type=float, default=6.25, help="percentage of pixels that are masked")
    parser.add_argument("--manipulator", choices=["uniform_withCP", "uniform_withoutCP", "median"], default="uniform_withoutCP")
    parser.add_argument("--radius", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    fields = [read(file)[slice(*(options.pages or [None]))] for file in options.noisy]
    every = np.concatenate([page.ravel() for pages in fields for page in pages])
    shift, unit = every.mean(dtype=np.float64), every.std(dtype=np.float64)
    side = options.crop
    box = round(math.sqrt(100 / options.percent))

    network = UNet(options.kernel, options.base, options.n2v2)
    optimizer = torch.optim.Adam(network.parameters(), lr=options.rate)
    constant = round(options.constant * options.updates)
    schedule = lambda update: 1 - max(0, update - constant) / (options.updates - constant + 1)
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
    print(f"{sum(p.numel() for p in network.parameters())} parameters, {sum(map(len, fields))} pages, box {box}")
    began, stepping = time.time(), 0.0
    for update in range(options.updates):
        crops = []
        for _ in range(options.batch):
            pages = fields[random.integers(len(fields))]
            page = pages[random.integers(len(pages))]
            y, x = (random.integers(extent - side + 1) for extent in page.shape)
            crop = np.rot90(page[y : y + side, x : x + side], random.integers(4))
            crops.append((crop[:, ::-1] if random.random() < 0.5 else crop) - shift)
        images = (np.stack(crops) / unit).astype(np.float32)
        spots = blind_spots(random, options.batch, side, box)
        masked = torch.from_numpy(replaced(random, images, spots, options.manipulator, options.radius))[:, None]
        target = torch.from_numpy(images[spots])
        for norm in (module for module in network.modules() if isinstance(module, nn.BatchNorm2d)):
            norm.momentum = max(0.01, 10 / (10 + update))
        start = time.time()
        difference = network(masked)[:, 0][spots] - target
        loss = (difference.square() if options.loss == "mse" else difference.abs()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rates.step()
        stepping += time.time() - start
        if update % 100 == 99:
            print(f"update {update + 1}  loss {loss.item():.4f}  {time.time() - began:.0f} s", flush=True)

    network.eval()
    rows, clean = [], read(options.clean)
    with torch.no_grad():
        for i, file in enumerate(options.test):
            pages = read(file)[slice(*(options.test_pages or [None]))]
            for j, page in enumerate(pages):
                truth = clean[options.test_first + (j if options.test_pages else i)]
                scaled = torch.from_numpy(((page - shift) / unit).astype(np.float32))[None, None]
                result = network(scaled)[0, 0].numpy().astype(np.float64) * unit + shift
                peak = float(truth.max() - truth.min())
                psnr = lambda image: 20 * math.log10(peak / np.sqrt(np.mean((image.astype(np.float64) - truth) ** 2)))
                similarity = structural_similarity(result, truth.astype(np.float64), data_range=peak)
                rows.append((psnr(page), psnr(result), similarity))
    noisy, denoised, similarity = np.mean(rows, axis=0)
    print(f"{len(rows)} pages: noisy {noisy:.2f} dB, denoised {denoised:.2f} dB, SSIM {similarity:.4f}, {1000 * stepping / options.updates:.0f} ms per update")


main()
