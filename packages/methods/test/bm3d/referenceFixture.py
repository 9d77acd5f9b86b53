"""Writes reference.json: a small noisy picture and what BM3D makes of it in both profiles, by the definition, block by block.

Nothing is shared with the TypeScript: blocks are compared one by one, transforms are SciPy's and PyWavelets', groups are filtered as
arrays, and pixels are summed up as they come. Needs numpy, scipy and PyWavelets: python3 referenceFixture.py, then npx biome format --write reference.json
"""

import json
from pathlib import Path

import numpy as np
import pywt
from scipy.fft import dct

# side, step, most, reach, difference of both stages; threshold: as the authors' release has them.
PROFILES = {
    "np": {"hard": (8, 3, 16, 19, 3000), "wiener": (8, 3, 32, 19, 400), "threshold": 2.7},
    "vn": {"hard": (8, 4, 32, 19, 25000), "wiener": (11, 6, 32, 19, 3500), "threshold": 2.8},
}


def wavelet(n):
    wave = pywt.Wavelet("bior1.5")
    columns = [np.concatenate(pywt.wavedec(unit, wave, "periodization", level=int(np.log2(n)))) for unit in np.eye(n)]
    matrix = np.array(columns).T
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def haar(n):
    columns = [np.concatenate(pywt.wavedec(unit, "haar", "periodization", level=int(np.log2(n)))) for unit in np.eye(n)]
    return np.array(columns).T if n > 1 else np.ones((1, 1))


def positions(count, step):
    return [*range(0, count - 1, step), count - 1]


def stage(pilot, noisy, constants, transform, shrink):
    side, step, most, reach, difference = constants
    height, width = noisy.shape
    inverse = np.linalg.inv(transform)
    window = np.outer(np.kaiser(side, 2), np.kaiser(side, 2))
    sums, weights = np.zeros_like(noisy), np.zeros_like(noisy)
    for y in positions(height - side + 1, step):
        for x in positions(width - side + 1, step):
            reference = pilot[y : y + side, x : x + side]
            found = []
            for v in range(max(0, y - reach), min(height - side, y + reach) + 1):
                for u in range(max(0, x - reach), min(width - side, x + reach) + 1):
                    d = np.mean((pilot[v : v + side, u : u + side] - reference) ** 2)
                    if d < difference and (v, u) != (y, x):
                        found.append((d, v, u))
            places = [(y, x), *[(v, u) for _, v, u in sorted(found)]][:most]
            places = places[: 2 ** int(np.log2(len(places)))]
            along = haar(len(places))
            def spectrum(image):
                blocks = np.array([transform @ image[v : v + side, u : u + side] @ transform.T for v, u in places])
                return np.tensordot(along, blocks, 1)
            kept, weight = shrink(spectrum(pilot), spectrum(noisy))
            blocks = np.tensordot(along.T, kept, 1)
            for (v, u), block in zip(places, blocks):
                sums[v : v + side, u : u + side] += weight * window * (inverse @ block @ inverse.T)
                weights[v : v + side, u : u + side] += weight * window
    return sums / weights


def bm3d(noisy, sigma, profile):
    constants = PROFILES[profile]

    def hard(_, group):
        keep = np.abs(group) >= constants["threshold"] * sigma
        keep[0, 0, 0] = True
        return group * keep, 1 / keep.sum()

    def wiener(pilot, group):
        factors = pilot**2 / (pilot**2 + sigma**2)
        factors[0, 0, 0] = 1
        return group * factors, 1 / (factors**2).sum()

    basic = stage(noisy, noisy, constants["hard"], wavelet(8), hard)
    side = constants["wiener"][0]
    return stage(basic, noisy, constants["wiener"], dct(np.eye(side), norm="ortho", axis=0), wiener)


def picture(height, width):
    y, x = np.mgrid[:height, :width]
    stripes = 40 * np.sign(np.sin(0.7 * x + 0.4 * y)) * (x + y < 50)
    disc = 90 * ((x - 0.68 * width) ** 2 + (y - 0.6 * height) ** 2 < 0.05 * height * width)
    return 80 + 0.8 * x + stripes + disc


def psnr(page, clean):
    return 10 * np.log10(255**2 / np.mean((page - clean) ** 2))


if __name__ == "__main__":
    height, width = 46, 61
    clean = picture(height, width)
    out = {"height": height, "width": width, "wavelet": wavelet(8).tolist(), "cases": []}
    for profile, sigma in [("np", 25), ("vn", 50)]:
        noisy = np.round(clean + sigma * np.random.default_rng(7).standard_normal(clean.shape), 4)
        denoised = bm3d(noisy, sigma, profile)
        figures = {"noisyPsnr": psnr(noisy, clean), "psnr": psnr(denoised, clean)}
        print(profile, figures)
        lists = {"noisy": noisy.ravel().tolist(), "denoised": np.round(denoised, 3).ravel().tolist()}
        out["cases"].append({"profile": profile, "sigma": sigma, **figures, **lists})
    out["clean"] = np.round(clean, 3).ravel().tolist()
    Path(__file__).with_name("reference.json").write_text(json.dumps(out) + "\n")
