"""The laptop preset's generator trained in PyTorch with L1 alone, for comparison with `clidim train --weights.gan 0 --weights.ssim 0 --weights.tv 0`:
the same network, crops, normalisation, optimiser and schedule; random numbers differ.

    python trainPytorch.py --noisy fov0[1-9].tif --clean clean.tif --first 0 --test fov1[0-2].tif --test-first 9 --updates 500 [--output tanh --rate 2e-4]

Page `first + i` of the clean file belongs to noisy file i, or with one noisy file to its page i. Needs torch and numpy, and uncompressed TIFFs of one strip a page.
"""

import argparse
import math
import struct
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def read(path):
    """Pages of an uncompressed TIFF with one strip each."""
    content = open(path, "rb").read()
    (offset,) = struct.unpack("<I", content[4:8])
    pages = []
    while offset:
        (count,) = struct.unpack_from("<H", content, offset)
        tags = {}
        for i in range(count):
            tag, kind, _, value = struct.unpack_from("<HHII", content, offset + 2 + 12 * i)
            tags[tag] = value & 0xFFFF if kind == 3 else value
        if tags.get(259, 1) != 1:
            raise SystemExit(f"{path}: expected an uncompressed TIFF")
        dtype = {8: "u1", 16: "<u2"}[tags[258]]
        size = tags[256] * tags[257]
        page = np.frombuffer(content, dtype, size, tags[273]).reshape(tags[257], tags[256])
        pages.append(page.astype(np.float32))
        (offset,) = struct.unpack_from("<I", content, offset + 2 + 12 * count)
    return pages


class Generator(nn.Module):
    def __init__(self, downs, ngf, output):
        super().__init__()
        self.downs, self.output = downs, output
        width = lambda level: ngf * min(2 ** (level - 1), 8)
        self.down, self.up = nn.ModuleDict(), nn.ModuleDict()
        for level in range(1, downs + 1):
            block = [nn.Conv2d(1 if level == 1 else width(level - 1), width(level), 4, 2, 1, bias=False)]
            self.down[str(level)] = nn.Sequential(*block, *([nn.BatchNorm2d(width(level))] if 1 < level < downs else []))
            channels = width(level) * (1 if level == downs else 2)
            out = 1 if level == 1 else width(level - 1)
            block = [nn.ConvTranspose2d(channels, out, 4, 2, 1, bias=level == 1)]
            block += [nn.BatchNorm2d(out)] if level > 1 else []
            block += [nn.Dropout(0.5)] if 5 <= level < downs else []
            self.up[str(level)] = nn.Sequential(*block)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(module.weight, 0, 0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            if isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.weight, 1, 0.02)
        window = torch.exp(-(torch.arange(-4.0, 5.0) ** 2) / 2)
        window = window / window.sum()
        self.filter = nn.Parameter((window[:, None] * window)[None, None])

    def forward(self, x):
        skips = []
        for level in range(1, self.downs + 1):
            skips.append(self.down[str(level)](F.leaky_relu(skips[-1], 0.2) if skips else x))
        inner = skips.pop()
        for level in range(self.downs, 0, -1):
            source = inner if level == self.downs else torch.cat([skips.pop(), inner], 1)
            inner = self.up[str(level)](F.relu(source))
        if self.output == "tanh":
            return torch.tanh(inner)
        return inner + F.conv2d(F.pad(x, (4, 4, 4, 4), mode="replicate"), self.filter)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--noisy", nargs="+", required=True)
    parser.add_argument("--clean", required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--test", nargs="+", required=True)
    parser.add_argument("--test-first", type=int, required=True)
    parser.add_argument("--pages", type=int, nargs=2, help="pages of one noisy file to train on: first, end")
    parser.add_argument("--test-pages", type=int, nargs=2)
    parser.add_argument("--updates", type=int, default=500)
    parser.add_argument("--output", choices=["filtered", "tanh"], default="filtered")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def scenes(files, clean, first, pages):
    """[(noisy pages, clean page)] per field of view; a file with a range of pages is a field per page."""
    if pages:
        noisy = read(files[0])[pages[0] : pages[1]]
        return [([page], clean[first + i]) for i, page in enumerate(noisy)]
    return [(read(file), clean[first + i]) for i, file in enumerate(files)]


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    clean = read(options.clean)
    training = scenes(options.noisy, clean, options.first, options.pages)
    test = scenes(options.test, clean, options.test_first, options.test_pages)
    low, high = np.percentile(np.concatenate([page.ravel() for noisy, _ in training for page in noisy]), [0.1, 99.9])
    scale = lambda page: (page - low) / (high - low) * 1.6 - 0.8

    network = Generator(6, 16, options.output)
    optimizer = torch.optim.Adam(network.parameters(), lr=options.rate, betas=(0.5, 0.999))
    constant = options.updates // 2
    schedule = lambda update: 1 - max(0, update - constant) / (options.updates - constant + 1)
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
    began = time.time()
    for update in range(options.updates):
        crops = []
        for _ in range(16):
            noisy, truth = training[random.integers(len(training))]
            page = noisy[random.integers(len(noisy))]
            y, x = (random.integers(side - 63) for side in page.shape)
            pair = np.stack([page[y : y + 64, x : x + 64], truth[y : y + 64, x : x + 64]])
            pair = np.rot90(pair, random.integers(4), (1, 2))
            crops.append(scale(pair[:, :, ::-1] if random.random() < 0.5 else pair))
        batch = torch.from_numpy(np.stack(crops).astype(np.float32))
        loss = (network(batch[:, :1]) - batch[:, 1:]).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rates.step()
        if update % 50 == 49:
            print(f"update {update + 1}  L1 {loss.item():.4f}  {time.time() - began:.0f} s", flush=True)

    network.eval()
    before, after = [], []
    with torch.no_grad():
        for noisy, truth in test:
            peak = truth.max() - truth.min()
            psnr = lambda page: 20 * math.log10(peak / np.sqrt(np.mean((page.astype(np.float64) - truth) ** 2)))
            for page in noisy:
                result = network(torch.from_numpy(scale(page).astype(np.float32))[None, None])[0, 0].numpy()
                before.append(psnr(page))
                after.append(psnr((result + 0.8) / 1.6 * (high - low) + low))
    print(f"{len(after)} pages: noisy {np.mean(before):.2f} dB, denoised {np.mean(after):.2f} dB")


main()
