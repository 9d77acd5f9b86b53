"""Golden values of the bilateral filter, by scikit-image, on a picture of this script's own:
    python3 packages/methods/test/bilateral/fixture.py > packages/methods/test/bilateral/golden.json"""
import json

import numpy
from skimage.restoration import _denoise, denoise_bilateral



def spatial_table(win_size, sigma, *, dtype=float):
    """scikit-image 0.19 makes its table one row and column too large for odd windows and reads it at the wrong places, so that the window's weights lie askew. This is the one that it documents."""
    radius = win_size // 2
    y, x = numpy.mgrid[-radius : radius + 1, -radius : radius + 1]
    return numpy.exp(-(x**2 + y**2) / (2 * sigma**2)).astype(dtype).ravel()


_denoise._compute_spatial_lut = spatial_table

HEIGHT, WIDTH = 20, 26
rows, columns = numpy.mgrid[0:HEIGHT, 0:WIDTH]
page = 6 * (columns > 11) + 3 * numpy.sin(rows / 3) + 12
page = numpy.round(page + numpy.random.default_rng(7).standard_normal(page.shape), 6)


def bilateral(strength, spatial):
    # More bins than the default of 10 000, so that what is compared is the filter and not its table.
    return denoise_bilateral(page, sigma_color=strength, sigma_spatial=spatial, bins=1_000_000, mode="symmetric")


def rounded(values, digits):
    return numpy.round(values, digits).ravel().tolist()


print(
    json.dumps(
        {
            "width": WIDTH,
            "height": HEIGHT,
            "page": page.ravel().tolist(),
            "bilateral": [
                {"strength": strength, "spatial": spatial, "result": rounded(bilateral(strength, spatial), 6)}
                for strength, spatial in [(1, 1), (3, 1), (2.5, 2)]
            ],
        }
    )
)
