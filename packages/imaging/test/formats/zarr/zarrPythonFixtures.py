"""Writes Zarr arrays of version 2 by Zarr-Python 2 into one JSON file: python3 zarrPythonFixtures.py FILE. Pixels are a formula of their indices."""

import base64
import json
import os
import sys
import tempfile

import numcodecs
import numpy as np
import zarr

SHAPE = (2, 3, 5, 7)  # C Z Y X
FILL = 9


def picture(dtype):
    c, z, y, x = np.indices(SHAPE)
    kind = np.dtype(dtype).kind
    return (c * 60 + z * 20 + y * 7 + x * 3 - (40 if kind != "u" else 0) + (0.25 if kind == "f" else 0)).astype(dtype)


CASES = [
    ("plain", "<u2", (1, 1, 4, 4), None, "C", "/"),
    ("big-endian", ">u2", (1, 1, 4, 4), None, "C", "."),
    ("big-endian floats", ">f4", (2, 3, 5, 7), numcodecs.Zstd(3), "C", "/"),
    ("columns first", "<i2", (1, 2, 3, 4), numcodecs.GZip(5), "F", "/"),
    ("default blosc", "<u2", (1, 1, 3, 4), numcodecs.Blosc(), "C", "."),
    ("blosc zstd", "|u1", (2, 2, 2, 2), numcodecs.Blosc("zstd", 3, numcodecs.Blosc.BITSHUFFLE), "C", "/"),
    ("blosc lz4hc", "<f4", (2, 3, 5, 7), numcodecs.Blosc("lz4hc", 9, numcodecs.Blosc.SHUFFLE), "C", "/"),
    ("zlib", "<u2", (1, 3, 2, 7), numcodecs.Zlib(6), "C", "/"),
    ("lz4", "<u2", (1, 3, 2, 7), numcodecs.LZ4(), "C", "/"),
    ("int8", "|i1", (1, 1, 4, 4), None, "C", "/"),
    ("big-endian float64", ">f8", (1, 1, 4, 4), None, "F", "/"),
    ("uint32", "<u4", (1, 1, 4, 4), None, "C", "/"),
]

found = {}
for name, dtype, chunk, compressor, order, separator in CASES:
    with tempfile.TemporaryDirectory() as folder:
        group = zarr.open_group(folder, "w")
        axes = [{"name": "c", "type": "channel"}] + [{"name": a, "type": "space", "unit": "micrometer"} for a in "zyx"]
        scale = [{"type": "scale", "scale": [1, 0.5, 0.1, 0.1]}]
        datasets = [{"path": "0", "coordinateTransformations": scale}]
        group.attrs["multiscales"] = [{"version": "0.4", "name": name, "axes": axes, "datasets": datasets}]
        array = group.create_dataset(
            "0",
            shape=SHAPE,
            dtype=dtype,
            chunks=chunk,
            compressor=compressor,
            order=order,
            fill_value=FILL,
            dimension_separator=separator,
            write_empty_chunks=False,
        )
        pixels = picture(dtype)
        if name == "plain":  # what is the fill value throughout is not written
            pixels[0, 0, 0:4, 0:4] = FILL
        array[...] = pixels
        files = {}
        for path, _, names in os.walk(folder):
            for file in names:
                whole = os.path.join(path, file)
                files[os.path.relpath(whole, folder)] = base64.b64encode(open(whole, "rb").read()).decode()
        found[name] = {"dtype": array.dtype.name, "files": dict(sorted(files.items()))}
with open(sys.argv[1], "w") as file:
    json.dump(found, file, indent=1)
    file.write("\n")
