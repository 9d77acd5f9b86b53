"""Writes Zarr arrays of version 3 by tensorstore into one JSON file: python3 tensorstoreFixtures.py FILE. Pixels are a formula of their indices."""

import base64
import json
import os
import sys
import tempfile

import numpy as np
import tensorstore as ts

SHAPE = (2, 3, 5, 7)  # C Z Y X
FILL = 9


def picture(dtype):
    c, z, y, x = np.indices(SHAPE)
    kind = np.dtype(dtype).kind
    return (c * 60 + z * 20 + y * 7 + x * 3 - (40 if kind != "u" else 0) + (0.25 if kind == "f" else 0)).astype(dtype)


LITTLE = {"name": "bytes", "configuration": {"endian": "little"}}
BIG = {"name": "bytes", "configuration": {"endian": "big"}}
BYTES = {"name": "bytes"}
CRC = {"name": "crc32c"}
GZIP = {"name": "gzip", "configuration": {"level": 5}}
ZSTD = {"name": "zstd", "configuration": {"level": 3}}
TRANSPOSE = {"name": "transpose", "configuration": {"order": [1, 3, 0, 2]}}


def blosc(cname, shuffle, typesize):
    configuration = {"cname": cname, "clevel": 5, "shuffle": shuffle, "typesize": typesize, "blocksize": 0}
    return {"name": "blosc", "configuration": configuration}


def shards(chunk, codecs, location="end", index=(LITTLE, CRC)):
    configuration = {"chunk_shape": chunk, "codecs": codecs, "index_codecs": list(index), "index_location": location}
    return [{"name": "sharding_indexed", "configuration": configuration}]


CASES = [
    ("plain", "uint16", [1, 1, 4, 4], [LITTLE]),
    ("gzip, big-endian", "int16", [1, 2, 4, 4], [BIG, GZIP]),
    ("zstd", "float32", [1, 3, 5, 7], [LITTLE, ZSTD]),
    ("blosc lz4", "uint16", [2, 1, 3, 3], [LITTLE, blosc("lz4", "shuffle", 2)]),
    ("blosc zstd, bits shuffled", "float32", [2, 3, 5, 7], [LITTLE, blosc("zstd", "bitshuffle", 4)]),
    ("blosc blosclz", "uint8", [1, 1, 5, 7], [BYTES, blosc("blosclz", "noshuffle", 1)]),
    ("blosc zlib", "uint8", [1, 1, 5, 7], [BYTES, blosc("zlib", "shuffle", 1)]),
    ("transposed", "uint16", [1, 2, 3, 4], [TRANSPOSE, LITTLE, GZIP]),
    ("checksums", "uint16", [1, 1, 4, 4], [LITTLE, ZSTD, CRC]),
    ("sharded", "uint16", [2, 4, 6, 8], shards([1, 1, 3, 4], [LITTLE, ZSTD])),
    ("index first", "float32", [1, 3, 6, 8], shards([1, 1, 3, 4], [LITTLE, GZIP], "start", (BIG, CRC))),
    ("sharded, transposed", "uint8", [2, 4, 6, 8], shards([1, 2, 3, 4], [TRANSPOSE, BYTES, blosc("lz4", "shuffle", 1)], "end", (LITTLE,))),
    ("int8", "int8", [1, 1, 4, 4], [BYTES]),
    ("float64", "float64", [1, 1, 4, 4], [LITTLE]),
    ("uint32, big-endian", "uint32", [1, 1, 4, 4], [BIG]),
    ("int64", "int64", [1, 1, 4, 4], [LITTLE]),
]

found = {}
for name, dtype, chunk, codecs in CASES:
    with tempfile.TemporaryDirectory() as folder:
        metadata = {
            "shape": SHAPE,
            "data_type": dtype,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
            "codecs": codecs,
            "fill_value": FILL,
            "dimension_names": ["c", "z", "y", "x"],
        }
        kvstore = {"driver": "file", "path": f"{folder}/0/"}
        array = ts.open({"driver": "zarr3", "kvstore": kvstore, "metadata": metadata}, create=True).result()
        pixels = picture(dtype)
        if name in ("plain", "sharded"):  # what is the fill value throughout is not written
            pixels[0, 0, 0:4, 0:4] = FILL
        array[...] = pixels
        axes = [{"name": "c", "type": "channel"}] + [{"name": a, "type": "space", "unit": "micrometer"} for a in "zyx"]
        scale = [{"type": "scale", "scale": [1, 0.5, 0.1, 0.1]}]
        multiscales = [{"name": name, "axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}]
        group = {"zarr_format": 3, "node_type": "group", "attributes": {"ome": {"version": "0.5", "multiscales": multiscales}}}
        with open(f"{folder}/zarr.json", "w") as file:
            json.dump(group, file)
        files = {}
        for path, _, names in os.walk(folder):
            for file in names:
                whole = os.path.join(path, file)
                files[os.path.relpath(whole, folder)] = base64.b64encode(open(whole, "rb").read()).decode()
        found[name] = {"dtype": dtype, "files": dict(sorted(files.items()))}
with open(sys.argv[1], "w") as file:
    json.dump(found, file, indent=1)
    file.write("\n")
