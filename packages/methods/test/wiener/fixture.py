"""Golden values of the local Wiener filter, by scipy, on a picture of this script's own:
    python3 packages/methods/test/wiener/fixture.py > packages/methods/test/wiener/golden.json
Borders are mirrored; scipy pads with zeros, so the picture is padded itself."""
import json

import numpy
from scipy.signal import wiener

HEIGHT, WIDTH = 20, 26
rows, columns = numpy.mgrid[0:HEIGHT, 0:WIDTH]
page = 6 * (columns > 11) + 3 * numpy.sin(rows / 3) + 12
page = numpy.round(page + numpy.random.default_rng(7).standard_normal(page.shape), 6)


def local_wiener(window, sigma):
    padded = numpy.pad(page, window, mode="symmetric")
    return wiener(padded, window, sigma**2)[window:-window, window:-window]


print(
    json.dumps(
        {
            "width": WIDTH,
            "height": HEIGHT,
            "page": page.ravel().tolist(),
            "wiener": [
                {"window": window, "sigma": sigma, "result": numpy.round(local_wiener(window, sigma), 9).ravel().tolist()}
                for window, sigma in [(3, 1), (5, 1.5), (9, 0.5)]
            ],
        }
    )
)
