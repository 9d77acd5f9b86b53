"""Compares arrays with expected values: python3 checkWritten.py tensorstore|zarr LIST, a JSON of the values in order, by the path of the image."""

import json
import sys

import numpy as np

module, listed = sys.argv[1:]
expected = json.load(open(listed))
for path, values in expected.items():
    if module == "tensorstore":
        import tensorstore as ts

        kvstore = {"driver": "file", "path": f"{path}/0/"}
        pixels = ts.open({"driver": "zarr3", "kvstore": kvstore}).result()[...].read().result()
    else:
        import zarr

        pixels = zarr.open_group(path, "r")["0"][...]
    assert np.array_equal(np.asarray(pixels, np.float64).ravel(), np.asarray(values)), path
print(len(expected), "arrays are equal")
