"""Trains the twin of a method in PyTorch and denoises the test pages with it: what bench/twins.mjs asks for in a task, a JSON file. Its arrays are raw float32, its results too.

    python3 twins.py task.json

Needs torch and numpy.
"""

import copy
import json
import math
import sys
import time

import numpy as np
import torch

from pytorch.methods import METHODS


def rate_of(c):
    """The learning rate after so many updates."""
    constant = round(c["constantRate"] * c["updates"])

    def of(update):
        decayed = max(0, update - constant) / (c["updates"] - constant + 1)
        falls = {"linear": 1 - decayed, "cosine": 0.5 * (1 + math.cos(math.pi * decayed))}
        return c["learningRate"] * falls[c["schedule"]]

    return of


def crops(random, training, c, scaled):
    """A batch: of random scenes, captures, places and orientations; with each crop another capture of it, and the truth."""
    noisy, clean = training["noisy"], training["clean"]
    size, batch = c["crop"], []
    for _ in range(c["batch"]):
        scene = random.integers(len(noisy))
        first, second = random.permutation(noisy.shape[1])[:2]
        y, x = (random.integers(side - size + 1) for side in clean.shape[1:])
        images = np.stack([noisy[scene, first], noisy[scene, second], clean[scene]])
        images = np.rot90(images[:, y : y + size, x : x + size], random.integers(4), (1, 2))
        batch.append(images[:, :, ::-1] if random.random() < 0.5 else images)
    images = torch.from_numpy(scaled(np.stack(batch)).astype(np.float32))
    return {name: images[:, i : i + 1].contiguous() for i, name in enumerate(["noisy", "capture", "clean"])}


def averaged(average, network, decay, update):
    """Moves the exponential moving average of the weights, whose decay is smaller at first."""
    decay = min(decay, (1 + update) / (10 + update))
    with torch.no_grad():
        for old, now in zip(average.parameters(), network.parameters()):
            old.lerp_(now, 1 - decay)


def oriented(denoise, x, orientations):
    """The mean over the orientations of the square, or what one gives."""
    if orientations == 1:
        return denoise(x)
    total = 0
    for turns in range(4):
        turned = torch.rot90(x, turns, (2, 3))
        mirrored = denoise(turned.flip(3)).flip(3)
        total = total + torch.rot90(denoise(turned) + mirrored, -turns, (2, 3))
    return total / 8


def main():
    with open(sys.argv[1]) as file:
        task = json.load(file)
    c, seed = task["configuration"], task["seed"]
    torch.set_num_threads(task["threads"])
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    read = lambda array: np.fromfile(array["path"], "<f4").reshape(array["shape"])
    training = {name: read(array) for name, array in task["training"].items()}

    if c["normalization"]["mode"] != "standard":
        raise SystemExit(f"twins: expected normalization standard, got {c['normalization']}")
    every = training["noisy"].astype(np.float64)
    units = {"mean": every.mean(), "deviation": every.std()}
    scaled = lambda grey: (grey - units["mean"]) / units["deviation"]

    method = METHODS[task["method"]](c, units, task["camera"])
    network = method.network
    rate = rate_of(c)
    optimizer = torch.optim.Adam(network.parameters(), lr=rate(0), betas=(c["beta1"], c["beta2"]))
    decay = c.get("emaDecay", 0)
    average = copy.deepcopy(network) if decay else None
    began, shown = time.process_time(), []
    for update in range(c["updates"]):
        optimizer.param_groups[0]["lr"] = rate(update)
        loss = method.loss(crops(random, training, c, scaled), update, random)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if average:
            averaged(average, network, decay, update)
        shown.append(loss.item())
        if update % 100 == 99:
            print(f"  PyTorch: update {update + 1}, loss {np.mean(shown[-100:]):.4f}", file=sys.stderr, flush=True)
    seconds = time.process_time() - began

    if average:
        network.load_state_dict(average.state_dict())
    network.eval()
    pages = read(task["test"])
    with torch.no_grad():
        results = [
            oriented(method.denoised, torch.from_numpy(page)[None, None], c["orientations"])[0, 0].numpy()
            for page in scaled(pages).astype(np.float32)
        ]
    denoised = np.stack(results).astype(np.float64) * units["deviation"] + units["mean"]
    denoised.astype("<f4").tofile(task["result"])
    print(json.dumps({"seconds": seconds, "parameters": sum(p.numel() for p in network.parameters())}))


main()
