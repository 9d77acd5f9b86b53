"""Writes hyperstacks of 16 x 16 pixels by tifffile into one JSON file: python3 tifffileHyperstacks.py FILE. Pixels are a formula of their indices."""

import base64
import io
import json
import logging
import sys

import numpy as np
import tifffile

logging.getLogger("tifffile").setLevel(logging.ERROR)
T, Z, C, SIDE = 3, 2, 2, 16


def picture(axes):
    t, z, c, y, x = np.indices((T, Z, C, SIDE, SIDE))
    scene = np.where(c == 0, 40 + 3 * x + 2 * y, 150 - 2 * x - 3 * y) + 9 * z
    noise = (7919 * t + 104729 * z + 1299709 * c + 31 * y * y + 17 * x * y + 5 * x) % 23
    whole = (scene + noise).astype("u1")
    order = ["TZCYX".index(axis) for axis in axes]
    rest = tuple(i for i in range(5) if i not in order)
    return whole.transpose(rest + tuple(order))[(0,) * len(rest)]


def written(axes, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, picture(axes), photometric="minisblack", **options)
    return base64.b64encode(file.getvalue()).decode()


NAMES = {"Name": ["DAPI", "GFP"]}
found = {
    "ImageJ TZCYX": written("TZCYX", imagej=True, metadata={"axes": "TZCYX", "spacing": 0.5, "unit": "um"}),
    "ImageJ TCYX": written("TCYX", imagej=True, metadata={"axes": "TCYX"}),
    "ImageJ ZYX": written("ZYX", imagej=True, metadata={"axes": "ZYX"}),
    "ImageJ TYX": written("TYX", imagej=True, metadata={"axes": "TYX"}),
    "OME TCZYX": written("TCZYX", ome=True, metadata={"axes": "TCZYX", "Channel": NAMES}),
    "OME CTYX": written("CTYX", ome=True, metadata={"axes": "CTYX", "Channel": NAMES}),
    "tifffile TCYX": written("TCYX", metadata={"axes": "TCYX"}),
}
with open(sys.argv[1], "w", encoding="utf8") as file:
    json.dump(found, file, indent=1)
    file.write("\n")
