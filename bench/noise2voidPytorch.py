"""Noise2Void in PyTorch, for comparison with `packages/methods/src/noise2void`: the same network, masks, loss, normalisation, optimiser and schedule; random
numbers differ. The defaults are those of the preset laptop, `clidim train --method noise2void`. No clean page is read before the network is trained.

    python noise2voidPytorch.py --noisy fov0[1-9]_noisy.tif --test fov1[0-2]_noisy.tif --clean clean.tif --test-first 9
    python noise2voidPytorch.py --noisy noisy.tif --pages 0 18 --test noisy.tif --test-pages 18 24 --clean clean.tif --test-first 18

Page `test-first + i` of the clean file belongs to test file i, or with `test-pages` to page i of these. Needs torch, numpy, tifffile and scikit-image.
"""

import argparse
import math
import time

import numpy as np
import tifffile
import torch
from skimage.metrics import structural_similarity

from pytorch.blindSpots import blind_spots, box_of, masked
from pytorch.networks import CsbdeepUNet, move_statistics


def read(path):
    pages = tifffile.imread(path).astype(np.float32)
    return list(pages if pages.ndim == 3 else pages[None])


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
    box = box_of(options.percent)

    network = CsbdeepUNet(2, options.base, options.kernel, norm=True, narrow=not options.n2v2, blur=options.n2v2)
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
        seen = torch.from_numpy(masked(random, images, spots, options.manipulator, options.radius))[:, None]
        target = torch.from_numpy(images[spots])
        move_statistics(network, update)
        start = time.time()
        difference = network(seen)[:, 0][spots] - target
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
