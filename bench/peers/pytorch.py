"""PyTorch: the same networks and the same step, as a child process of the benchmark (serve.mjs has the protocol).

Mode "cpu": two threads. On CUDA "f32", "tf32", "amp" (float16 with a gradient scaler) and "compile" (TF32 and torch.compile).
"""

import contextlib
import json
import math
import os
import resource
import struct
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

mode = sys.argv[1] if len(sys.argv) > 1 else "cpu"
device = torch.device("cpu" if mode == "cpu" else "cuda")
if mode == "cpu":
    torch.set_num_threads(int(os.environ.get("CLIDIM_BENCH_THREADS", "2")))
else:
    torch.backends.cudnn.benchmark = True
    allowed = mode != "f32"
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def synchronize():
    if device.type == "cuda":
        torch.cuda.synchronize()


def automatic():
    return torch.autocast("cuda", dtype=torch.float16) if mode == "amp" else contextlib.nullcontext()


def optimized(function):
    return torch.compile(function) if mode == "compile" else function


def values(length, seed):
    """The numbers that values.mjs makes."""
    h = np.arange(1, length + 1, dtype=np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    h = ((h * np.uint64(0x9E3779B1)) & mask) ^ np.uint64((seed * 0x85EBCA6B) & 0xFFFFFFFF)
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(0x7FEB352D)) & mask
    h = ((h ^ (h >> np.uint64(15))) * np.uint64(0x846CA68B)) & mask
    h = h ^ (h >> np.uint64(16))
    return ((h >> np.uint64(8)).astype(np.float64) / 2**24 - 0.5).astype(np.float32)


def filled(shape, seed, order=None):
    data = torch.from_numpy(values(math.prod(shape), seed).reshape(shape))
    if order:
        data = data.permute(order).contiguous()
    return data.to(device)


def fingerprint(x):
    x = x.detach().double()
    return {"mean": x.mean().item(), "square": x.square().mean().item()}


def read_weights(file):
    with open(file, "rb") as source:
        content = source.read()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        data = np.frombuffer(content[start:end], dtype="<f4").reshape(entry["shape"]).copy()
        tensors[name] = torch.from_numpy(data).to(device)
    return tensors


def network(tensors, prefix):
    return {name[len(prefix) + 1 :]: x for name, x in tensors.items() if name.startswith(prefix + ".")}


def is_parameter(name):
    return "running_" not in name


def norm(net, name, x, train):
    mean, variance, weight, bias = (net[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
    return F.batch_norm(x, mean, variance, weight, bias, train, 0.1, 1e-5)


def unet(net, x, downs, train):
    skips = []
    for level in range(1, downs + 1):
        source = x if level == 1 else F.leaky_relu(skips[-1], 0.2)
        y = F.conv2d(source, net[f"down{level}.conv.weight"], stride=2, padding=1)
        skips.append(norm(net, f"down{level}.norm", y, train) if 1 < level < downs else y)
    inner = skips.pop()
    for level in range(downs, 0, -1):
        source = inner if level == downs else torch.cat([skips.pop(), inner], 1)
        bias = net["up1.conv.bias"] if level == 1 else None
        y = F.conv_transpose2d(F.relu(source), net[f"up{level}.conv.weight"], bias, stride=2, padding=1)
        inner = y if level == 1 else norm(net, f"up{level}.norm", y, train)
    return torch.tanh(inner)


def patch_gan(net, x):
    y = F.leaky_relu(F.conv2d(x, net["conv1.weight"], net["conv1.bias"], 2, 1), 0.2)
    for layer, stride in ((2, 2), (3, 2), (4, 1)):
        y = F.conv2d(y, net[f"conv{layer}.weight"], None, stride, 1)
        y = F.leaky_relu(norm(net, f"norm{layer}", y, True), 0.2)
    return F.conv2d(y, net["conv5.weight"], net["conv5.bias"], 1, 1)


def gan_loss(logits, real):
    return F.softplus(-logits if real else logits).mean()


def dssim(a, b, window):
    def means(image):
        padded = F.pad(image, (2, 2, 2, 2), mode="reflect")
        return F.conv2d(F.conv2d(padded, window[:, :, :, None]), window[:, :, None, :])

    x, y = (a + 1) * 0.5, (b + 1) * 0.5
    mean_x, mean_y = means(x), means(y)
    xx, yy, xy = mean_x * mean_x, mean_y * mean_y, mean_x * mean_y
    variance_x, variance_y = means(x * x) - xx, means(y * y) - yy
    covariance = means(x * y) - xy
    top = (2 * xy + 1e-4) * (2 * covariance + 9e-4)
    bottom = (xx + yy + 1e-4) * (variance_x + variance_y + 9e-4)
    return ((1 - top / (bottom + 1e-12)) * 0.5).clamp(0, 1).mean()


def total_variation(x):
    down = (x[:, :, 1:] - x[:, :, :-1]).abs().sum()
    right = (x[:, :, :, 1:] - x[:, :, :, :-1]).abs().sum()
    return (down + right) / x.numel()


class Repeated:
    def __init__(self, function, inputs):
        self.function, self.inputs, self.last = function, inputs, None

    def run(self):
        with torch.no_grad():
            self.last = self.function(*self.inputs)

    def result(self):
        return fingerprint(self.last)


class Step:
    def __init__(self, row):
        configuration = row["configuration"]
        self.weights, self.downs = configuration["weights"], configuration["downs"]
        tensors = read_weights(row["weights"])
        self.noisy, self.clean = (tensors[name].permute(0, 3, 1, 2).contiguous() for name in ("noisy", "clean"))
        self.generator, self.discriminator = network(tensors, "generator"), network(tensors, "discriminator")
        offsets = torch.arange(5, device=device) - 2
        window = torch.exp(-(offsets**2) / (2 * 1.5**2))
        self.window = (window / window.sum())[None, None]
        options = {
            "lr": configuration["learningRate"],
            "betas": (configuration["beta1"], configuration["beta2"]),
            "eps": 1e-8,
        }
        self.parameters = []
        self.optimizers = []
        for net in (self.generator, self.discriminator):
            parameters = [x.requires_grad_() for name, x in net.items() if is_parameter(name)]
            self.parameters.append(parameters)
            # Without an adversarial term there is no discriminator.
            self.optimizers.append(torch.optim.Adam(parameters, **options) if parameters else None)
        self.scaler = torch.cuda.amp.GradScaler(enabled=mode == "amp")
        self.unet, self.judge, self.terms = optimized(unet), optimized(patch_gan), optimized(self.image_terms)
        self.losses = {}

    def image_terms(self, fake, clean):
        terms = {"l1": (fake - clean).abs().mean()}
        if self.weights["ssim"] > 0:
            terms["dssim"] = dssim(clean, fake, self.window)
        if self.weights["tv"] > 0:
            terms["tv"] = total_variation(fake)
        return terms

    def update(self, index, loss):
        optimizer = self.optimizers[index]
        optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward(inputs=self.parameters[index])
        self.scaler.step(optimizer)

    def run(self):
        with automatic():
            fake = self.unet(self.generator, self.noisy, self.downs, True)
        losses = {}
        if self.weights["gan"] > 0:
            constant = fake.detach()
            with automatic():
                on_fake = self.judge(self.discriminator, torch.cat([self.noisy, constant], 1))
                on_real = self.judge(self.discriminator, torch.cat([self.noisy, self.clean], 1))
                losses["discriminator"] = (gan_loss(on_fake.float(), False) + gan_loss(on_real.float(), True)) * 0.5
            self.update(1, losses["discriminator"])
        terms = self.terms(fake.float(), self.clean)
        if self.weights["gan"] > 0:
            with automatic():
                logits = self.judge(self.discriminator, torch.cat([self.noisy, fake], 1))
            terms["gan"] = gan_loss(logits.float(), True)
        names = {"gan": "gan", "l1": "l1", "ssim": "dssim", "tv": "tv"}
        loss = sum(weight * terms[names[name]] for name, weight in self.weights.items() if weight > 0)
        self.update(0, loss)
        self.scaler.update()
        self.losses = {**losses, **terms, "generator": loss}

    def result(self):
        return {name: loss.item() for name, loss in self.losses.items()}


class Inference:
    def __init__(self, row):
        self.downs, self.size = row["configuration"]["downs"], row["size"]
        self.net = network(read_weights(row["weights"]), "generator")
        self.page = torch.from_numpy(values(self.size**2, 4) * np.float32(1.6)).reshape(1, 1, self.size, self.size)
        self.unet = optimized(unet)
        self.output = None

    def run(self):
        with torch.no_grad(), automatic():
            self.output = self.unet(self.net, self.page.to(device), self.downs, False).float().cpu()

    def result(self):
        return fingerprint(self.output)


def matmul(row):
    n = row["n"]
    return Repeated(torch.matmul, [filled([n, n], 1), filled([n, n], 2)])


def chain(row):
    def product(a, b):
        x = a
        for _ in range(row["length"]):
            x = x @ b
        return x

    n = row["n"]
    return Repeated(product, [filled([n, n], 1), filled([n, n], 2)])


def convolution(row):
    fine, coarse, stride = row["fine"], row["coarse"], row["stride"]
    to_nchw, to_oihw = (0, 3, 1, 2), (3, 2, 0, 1)
    x = filled([row["batch"], fine["side"], fine["side"], fine["channels"]], 1, to_nchw)
    y = filled([row["batch"], coarse["side"], coarse["side"], coarse["channels"]], 2, to_nchw)
    w = filled([4, 4, fine["channels"], coarse["channels"]], 3, to_oihw)
    if row["op"] == "down":
        return Repeated(lambda a, b: F.conv2d(a, b, None, stride, 1), [x, w])
    if row["op"] == "up":
        return Repeated(lambda a, b: F.conv_transpose2d(a, b, None, stride, 1), [y, w])

    def weight_gradient(a, b):
        wanted = (False, True, False)
        return torch.ops.aten.convolution_backward(
            b, a, w, None, [stride] * 2, [1, 1], [1, 1], False, [0, 0], 1, wanted
        )[1]

    return Repeated(weight_gradient, [x, y])


kinds = {"matmul": matmul, "chain": chain, "convolution": convolution, "step": Step, "inference": Inference}
prepared = None


def answer(request):
    global prepared
    action = request["do"]
    if action == "start":
        name = torch.cuda.get_device_name() if device.type == "cuda" else f"{torch.get_num_threads()} threads"
        return {"version": torch.__version__, "device": name}
    if action == "prepare":
        prepared = None
        row = request["row"]
        if row["kind"] not in kinds:
            raise ValueError(f"no {row['kind']}")
        began = time.perf_counter()
        prepared = kinds[row["kind"]](row)
        prepared.run()
        synchronize()
        milliseconds = 1e3 * (time.perf_counter() - began)
        return {"milliseconds": milliseconds, "result": prepared.result()}
    if action == "time":
        began = time.perf_counter()
        for _ in range(request["times"]):
            prepared.run()
        queued = time.perf_counter()
        synchronize()
        done = time.perf_counter()
        times = request["times"]
        host = {"host": 1e3 * (queued - began) / times} if device.type == "cuda" else {}
        return {"milliseconds": 1e3 * (done - began) / times, **host}
    if action == "count":
        peak = torch.cuda.max_memory_allocated() if device.type == "cuda" else None
        resident = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {"residentBytes": resident, **({"peakBytes": peak} if peak else {})}
    return {}


for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {"ok": True, "value": answer(request)}
    except Exception as error:  # The benchmark reports it and goes on.
        reply = {"ok": False, "error": f"{type(error).__name__}: {error}"}
    os.write(3, (json.dumps(reply) + "\n").encode())
    if request["do"] == "quit":
        break
