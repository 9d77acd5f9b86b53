"""The methods in PyTorch, after their papers: each has a network, a loss of a batch, and what its network makes of images. Images are [N,1,H,W] in network values.

`c` is a configuration with the keys of docs/configuration.md, `units` what turns grey values into network values, `camera` the camera of the simulation."""

import math

import torch
import torch.nn.functional as F

from pytorch import networks
from pytorch.blindSpots import blind_spots, box_of, grid_mask, masked, without

PIXEL_LOSSES = {"mae": F.l1_loss, "mse": F.mse_loss}


class Care:
    def __init__(self, c, units, camera):
        self.network = networks.CsbdeepUNet(c["depth"], c["filters"], c["kernel"])
        self.difference = PIXEL_LOSSES[c["loss"]]

    def denoised(self, x):
        return x + self.network(x)

    def loss(self, batch, update, random):
        return self.difference(self.denoised(batch["noisy"]), batch["clean"])


class Noise2Noise:
    def __init__(self, c, units, camera):
        self.network = networks.Noise2NoiseUNet(c["depth"], c["filters"])
        self.difference = PIXEL_LOSSES[c["loss"]]

    def denoised(self, x):
        return self.network(x)

    def loss(self, batch, update, random):
        return self.difference(self.network(batch["noisy"]), batch["capture"])


def blinded(c, images, random):
    """Blind spots, and the images without what they have there."""
    images = images[:, 0].numpy()
    spots = blind_spots(random, len(images), images.shape[-1], box_of(c["maskedPercent"]))
    return spots, torch.from_numpy(masked(random, images, spots, c["manipulator"], c["radius"]))[:, None]


class Noise2Void:
    def __init__(self, c, units, camera):
        self.network = networks.CsbdeepUNet(c["depth"], c["filters"], c["kernel"], norm=True, narrow=True)
        self.difference, self.c = PIXEL_LOSSES[c["loss"]], c

    def denoised(self, x):
        return self.network(x)

    def loss(self, batch, update, random):
        networks.move_statistics(self.network, update)
        spots, seen = blinded(self.c, batch["noisy"], random)
        return self.difference(self.network(seen)[:, 0][spots], batch["noisy"][:, 0][spots])


class Noise2Self:
    def __init__(self, c, units, camera):
        self.network = networks.CsbdeepUNet(c["depth"], c["filters"], c["kernel"])
        self.difference, self.stride = PIXEL_LOSSES[c["loss"]], c["stride"]

    def denoised(self, x):
        return self.network(x)

    def loss(self, batch, update, random):
        x = batch["noisy"]
        mask = grid_mask(random, x.shape, self.stride)
        return self.difference(self.network(without(x, mask))[mask], x[mask])


class Noise2Same(Noise2Self):
    def __init__(self, c, units, camera):
        super().__init__({**c, "loss": "mse"}, units, camera)
        self.weight = c["invarianceWeight"]

    def loss(self, batch, update, random):
        x = batch["noisy"]
        mask = grid_mask(random, x.shape, self.stride)
        whole, blind = self.network(x), self.network(without(x, mask))
        apart = (whole - blind)[mask].square().mean()
        return F.mse_loss(whole, x) + self.weight * (apart + 1e-12).sqrt()


def log_likelihood(units, camera):
    """log(p(x | s) + 1e-10), per grey value, with p the noise of the camera: normal, with the variance of its photons, its read noise and its rounding."""
    gain, least = camera["gain"], (camera["gain"] * camera["readNoise"]) ** 2 + 1 / 12
    grey = lambda values: values * units["deviation"] + units["mean"]

    def of(x, s):
        x, s = grey(x), grey(s)
        variance = (gain * (s - camera["offset"])).clamp(min=0) + least
        density = -0.5 * ((x - s) ** 2 / variance + torch.log(2 * math.pi * variance))
        return torch.logaddexp(density, torch.tensor(math.log(1e-10)))

    return of


class Pn2v:
    def __init__(self, c, units, camera):
        self.network = networks.Ppn2vUNet(c["depth"], c["filters"], c["samples"])
        self.log_likelihood, self.c = log_likelihood(units, camera), c

    def denoised(self, x):
        s = self.network.head(self.network.features(x))
        if self.c["inference"] == "prior-mean":
            return s.mean(1, keepdim=True)
        weights = torch.softmax(self.log_likelihood(x, s), 1)
        return (weights * s).sum(1, keepdim=True)

    def loss(self, batch, update, random):
        spots, seen = blinded(self.c, batch["noisy"], random)
        sample, y, x = spots
        # [spots,filters], as images of a row.
        features = self.network.features(seen)[sample, :, y, x].T[None, :, None]
        s = self.network.head(features)
        observed = batch["noisy"][:, 0][spots][None, None, None]
        return math.log(s.shape[1]) - torch.logsumexp(self.log_likelihood(observed, s), 1).mean()


class VanillaVae:
    def __init__(self, c, units, camera):
        self.network = networks.VariationalAutoencoder(c["depth"], c["filters"], c["latents"])
        self.samples, self.annealing = c["samples"], c["klAnnealing"]

    def reconstruction(self, x, s):
        """-log of the normal density with the standard deviation that fits best."""
        return 0.5 * (torch.log(2 * math.pi * F.mse_loss(s, x)) + 1)

    def drawn(self, mean, log_variance):
        return self.network.decode(mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance))

    def denoised(self, x):
        code = self.network.encode(x)
        return sum(self.drawn(*code) for _ in range(self.samples)) / self.samples

    def loss(self, batch, update, random):
        x = batch["noisy"]
        mean, log_variance = self.network.encode(x)
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum() / x.numel()
        weight = min(1, update / self.annealing) if self.annealing else 1
        return self.reconstruction(x, self.drawn(mean, log_variance)) + weight * divergence


class DivNoising(VanillaVae):
    def __init__(self, c, units, camera):
        super().__init__(c, units, camera)
        self.log_likelihood = log_likelihood(units, camera)

    def reconstruction(self, x, s):
        return -self.log_likelihood(x, s).mean()


class Hdn(DivNoising):
    def __init__(self, c, units, camera):
        super().__init__(c, units, camera)
        if c["norm"] != "none" or c["dropout"]:
            raise SystemExit(f"twins: expected hdn without norms and dropout, got {c['norm']} and {c['dropout']}")
        self.network = networks.LadderAutoencoder(c["depth"], c["filters"], c["latents"], c["blocks"])
        self.free = c["freeBits"]

    def denoised(self, x):
        seen = self.network.climb(x)
        return sum(self.network.descend(seen)[0] for _ in range(self.samples)) / self.samples

    def loss(self, batch, update, random):
        x = batch["noisy"]
        signals, divergences = self.network.descend(self.network.climb(x))
        weight = min(1, update / self.annealing) if self.annealing else 1
        return self.reconstruction(x, signals) + weight * divergences.clamp(min=self.free).sum() / x.numel()


class Clidim:
    """The preset quick, which has neither a discriminator nor a contrastive term."""

    def __init__(self, c, units, camera):
        self.network = networks.FilteredUNet(c["downs"], c["ngf"])
        self.weights = c["weights"]

    def denoised(self, x):
        return self.network(x)

    def loss(self, batch, update, random):
        output, clean = self.network(batch["noisy"]), batch["clean"]
        return self.weights["l1"] * F.l1_loss(output, clean) + self.weights["mse"] * F.mse_loss(output, clean)


METHODS = {
    "care": Care,
    "noise2noise": Noise2Noise,
    "noise2void": Noise2Void,
    "noise2self": Noise2Self,
    "noise2same": Noise2Same,
    "pn2v": Pn2v,
    "vae": VanillaVae,
    "divnoising": DivNoising,
    "hdn": Hdn,
    "clidim": Clidim,
}
