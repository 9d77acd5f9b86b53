"""Golden values of the empirical wavelet Wiener filter, by PyWavelets, on a picture of this script's own:
    python3 packages/methods/test/waveletWiener/fixture.py > packages/methods/test/waveletWiener/golden.json
PyWavelets wants sides in multiples of 32 for five levels: the picture with its mirrored margins of 32 pixels has them."""
import json

import numpy
import pywt

LEVELS, MARGIN, THRESHOLD = 5, 32, 3.5
SIDE = 32
rows, columns = numpy.mgrid[0:SIDE, 0:SIDE]
page = 9 * (columns > 11) + 3 * numpy.sin(rows / 3) + 12
page = numpy.round(page + numpy.random.default_rng(11).standard_normal(page.shape), 6)


def coefficients(image, wavelet):
    return pywt.swt2(image, wavelet, LEVELS)


def empirical_wiener(sigma):
    padded = numpy.pad(page, MARGIN, mode="symmetric")
    kept = [
        (smooth, tuple(numpy.where(abs(detail) > THRESHOLD * sigma, detail, 0) for detail in details))
        for smooth, details in coefficients(padded, "haar")
    ]
    pilot = coefficients(pywt.iswt2(kept, "haar"), "sym4")
    weighted = [
        (smooth, tuple(d * p**2 / (p**2 + sigma**2) for d, p in zip(details, first)))
        for (smooth, details), (_, first) in zip(coefficients(padded, "sym4"), pilot)
    ]
    return pywt.iswt2(weighted, "sym4")[MARGIN:-MARGIN, MARGIN:-MARGIN]


print(
    json.dumps(
        {
            "width": SIDE,
            "height": SIDE,
            "page": page.ravel().tolist(),
            "results": [
                {"sigma": sigma, "result": numpy.round(empirical_wiener(sigma), 9).ravel().tolist()}
                for sigma in [0.6, 1, 1.7]
            ],
        }
    )
)
