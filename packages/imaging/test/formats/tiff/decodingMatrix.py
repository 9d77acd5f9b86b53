"""Writes the decoding matrix: small TIFFs of one synthetic picture in every way of storing pixels that tifffile, libtiff (tiffcp) and ImageJ have.

    python3 decodingMatrix.py FOLDER

FOLDER/matrix.json lists the files with what is in them: dtype, pages, width, height. Pixels are those of `picture` below, which the test computes again.
What is not installed is printed, and its files are left out. packMatrix.mjs makes decodingMatrix.br of them.
"""
import json, os, shutil, struct, subprocess, sys, zlib
import numpy as np, tifffile

WIDTH, HEIGHT, PAGES = 19, 18, 2
out = sys.argv[1]
os.makedirs(out, exist_ok=True)
files = []

def picture(dtype, page):
    """Grey values over the range of the dtype, which jump from the highest to the lowest; floats are eighths."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.int64)
    v = ((y + 5 * page) * 613 + x * 3517 + x * x % 7) % 65536
    if dtype.startswith('bits'): return v % 2 ** int(dtype[4:])
    return {'uint8': lambda: v % 256, 'int8': lambda: v % 256 - 128, 'uint16': lambda: v, 'int16': lambda: v - 32768, 'uint32': lambda: v * 255, 'int32': lambda: v * 255 - 8000000,
            'uint64': lambda: v * 255, 'int64': lambda: v * 255 - 8000000, 'float16': lambda: v % 2048 / 8 - 100, 'float32': lambda: v / 8 - 2000, 'float64': lambda: v / 8 - 2000}[dtype]()

def stack(dtype, pages=PAGES): return np.stack([picture(dtype, page) for page in range(pages)])
def note(name, dtype, **more): files.append({'file': name, 'dtype': dtype, 'pages': PAGES, 'width': WIDTH, 'height': HEIGHT, 'axis': 'T', **more})
def path(name): return os.path.join(out, name)

def cp(to, of, *options):
    """Whether tiffcp could write it."""
    done = subprocess.run(['tiffcp', *options, path(of), path(to)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode == 0: return True
    if os.path.exists(path(to)): os.remove(path(to))
    return False

def handmade(name, order, pages, **more):
    """A TIFF of one strip per page, of given bytes and tags."""
    body, link = bytearray((b'II' if order == '<' else b'MM') + struct.pack(order + 'HI', 42, 0)), 4
    for data in pages:
        at = len(body); body += data + b'\0' * (len(data) % 2)
        tags = {256: WIDTH, 257: HEIGHT, 259: 1, 262: 1, 273: at, 277: 1, 278: HEIGHT, 279: len(data), **{int(k[1:]): v for k, v in more.items()}}
        struct.pack_into(order + 'I', body, link, len(body)); body += struct.pack(order + 'H', len(tags))
        for tag in sorted(tags): body += struct.pack(order + 'HHII', tag, 4, 1, tags[tag])
        link = len(body); body += bytes(4)
    open(path(name), 'wb').write(body)

def packed(name, bits, order='<'):
    """An uncompressed TIFF of samples of so many bits, the highest bit first, each row in new bytes."""
    planes = (stack(f'bits{bits}')[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    handmade(name, order, [np.packbits(page.reshape(HEIGHT, -1).astype(np.uint8), axis=1).tobytes() for page in planes], t258=bits)

def float_bytes(values, width):
    """Predictor 3 of TIFF Technical Note 3: of each row the highest bytes of all numbers, then the next ones, and the differences along them; the same in either byte order."""
    rows = values.astype(f'>f{width}').view('u1').reshape(HEIGHT, WIDTH, width).swapaxes(1, 2).reshape(HEIGHT, -1)
    return np.diff(rows, axis=1, prepend=np.zeros((HEIGHT, 1), 'u1')).astype('u1').tobytes()

DTYPES = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64', 'float16', 'float32', 'float64']
GREY = dict(photometric='minisblack', metadata=None)

# tifffile
for dtype in DTYPES:
    for order, letter in ('<', 'L'), ('>', 'B'):
        a = stack(dtype).astype(np.dtype(dtype).newbyteorder(order))
        for big in False, True:
            for layout, how in ('strips', dict(rowsperstrip=7)), ('rows', dict(rowsperstrip=1)), ('tiles', dict(tile=(16, 16))):
                for compression in (None, 'zlib'):
                    for predictor in (1, 2) if compression and dtype[0] != 'f' else (1,):
                        if (big or layout == 'rows') and (predictor == 2 or compression) or big and layout != 'strips': continue
                        name = f'tifffile-{dtype}-{letter}{"8" if big else ""}-{layout}-{compression or "none"}-{predictor}.tif'
                        tifffile.imwrite(path(name), a, byteorder=order, bigtiff=big, compression=compression, predictor=predictor, **how, **GREY)
                        note(name, dtype)
        for layout, config in ('planar', 'separate'), ('interleaved', 'contig'):
            for compression in (None, 'zlib'):
                name = f'tifffile-{dtype}-{letter}-{layout}-{compression or "none"}-1.tif'
                data = a if config == 'separate' else np.moveaxis(a, 0, -1)
                tifffile.imwrite(path(name), data, byteorder=order, compression=compression, planarconfig=config, rowsperstrip=5, **GREY)
                note(name, dtype, axis='C')

        for samples in 3, 4:
            if dtype not in ('uint8', 'uint16', 'float32'): continue
            data = np.moveaxis(stack(dtype, samples), 0, -1).astype(np.dtype(dtype).newbyteorder(order))
            for layout, how in ('strips', dict(rowsperstrip=7)), ('tiles', dict(tile=(16, 16))):
                for compression, predictor in (None, 1), ('zlib', 1), ('zlib', 2):
                    if predictor == 2 and dtype[0] == 'f': continue
                    name = f'tifffile-{dtype}-{letter}-rgb{samples}-{layout}-{compression or "none"}-{predictor}.tif'
                    tifffile.imwrite(path(name), data, photometric='rgb', byteorder=order, compression=compression, predictor=predictor, metadata=None, **how)
                    note(name, dtype, axis='C', pages=samples)

for order, letter in ('<', 'L'), ('>', 'B'):
    for dtype in 'uint8', 'uint16', 'float64':
        name = f'tifffile-{dtype}-{letter}-truncated.tif'
        tifffile.imwrite(path(name), stack(dtype).astype(np.dtype(dtype).newbyteorder(order)), byteorder=order, truncate=True, photometric='minisblack')
        note(name, dtype)

def libtiff():
    for dtype in DTYPES + ['bits1', 'bits2', 'bits4', 'bits6', 'bits10', 'bits12', 'bits14']:
        for letter in 'LB':
            source = f'_{dtype}{letter}.tif'
            if dtype.startswith('bits'):
                packed(source, int(dtype[4:]), '<' if letter == 'L' else '>')
            else:
                tifffile.imwrite(path(source), stack(dtype).astype(dtype), **GREY)
            for layout, how in ('strips', ['-s', '-r', '7']), ('rows', ['-s', '-r', '1']), ('tiles', ['-t', '-w', '16', '-l', '16']):
                for compression in 'none', 'lzw', 'zip', 'packbits', 'zstd':
                    if layout != 'strips' and dtype not in ('uint8', 'uint16', 'float32', 'bits12'): continue
                    for predictor in 1, 2, 3:
                        if predictor > 1 and (compression in ('none', 'packbits') or dtype.startswith('bits')): continue
                        # tiffcp turns the bytes of big-endian floats round before they are predicted, and reads them as other numbers itself.
                        if predictor == 3 and (dtype[0] != 'f' or letter == 'B'): continue
                        for fill in ('', '-lsb') if layout == 'strips' and dtype in ('uint8', 'uint16', 'float32', 'bits1') else ('',):
                            name = f'libtiff-{dtype}-{letter}-{layout}-{compression}-{predictor}{fill}.tif'
                            code = compression if predictor == 1 else f'{compression}:{predictor}'
                            if cp(name, source, '-c', code, f'-{letter}', *how, *(['-f', 'lsb2msb'] if fill else [])): note(name, dtype)
            os.remove(path(source))
    for letter in 'LB':
        tifffile.imwrite(path('_.tif'), np.moveaxis(stack('uint16').astype('uint16'), 0, -1), planarconfig='contig', **GREY)
        for config in 'separate', 'contig':
            for code in 'none', 'lzw:2', 'zip:2', 'zstd:2':
                name = f'libtiff-uint16-{letter}-{config}-{code.replace(":", "-")}.tif'
                if cp(name, '_.tif', '-c', code, f'-{letter}', '-p', config, '-r', '7'): note(name, 'uint16', axis='C')
        os.remove(path('_.tif'))

    # Red, green and blue, with transparency and without
    for letter in 'LB':
        for samples, dtype in (3, 'uint8'), (4, 'uint16'):
            tifffile.imwrite(path('_.tif'), np.moveaxis(stack(dtype, samples).astype(dtype), 0, -1), photometric='rgb', metadata=None)
            for layout, how in ('strips', ['-s', '-r', '7']), ('tiles', ['-t', '-w', '16', '-l', '16']):
                for code in 'none', 'lzw', 'lzw:2', 'zip:2', 'packbits', 'zstd:2':
                    name = f'libtiff-{dtype}-{letter}-rgb{samples}-{layout}-{code.replace(":", "-")}-.tif'
                    if cp(name, '_.tif', '-c', code, f'-{letter}', *how): note(name, dtype, axis='C', pages=samples)
            os.remove(path('_.tif'))

if shutil.which("tiffcp"): libtiff()
else: print("No tiffcp is here: only the shipped files of it are checked.")

# By hand, after the specification
for order, letter in ('<', 'L'), ('>', 'B'):
    for width in 2, 4, 8:
        name = f'note3-float{width * 8}-{letter}.tif'
        handmade(name, order, [zlib.compress(float_bytes(page, width)) for page in stack(f'float{width * 8}')], t258=width * 8, t259=8, t317=3, t339=3)
        note(name, f'float{width * 8}')

IMAGEJ = "/usr/share/java/ij.jar"

def imagej():
    macro = ''
    for dtype in 'uint8', 'uint16', 'float32':
        tifffile.imwrite(path(f'_{dtype}.tif'), stack(dtype).astype(dtype), **GREY)
        for lut in ('Grays', 'Fire') if dtype == 'uint8' else ('Grays',):
            name = f'imagej-{dtype}-{lut}.tif'
            macro += f'open("{path("_" + dtype + ".tif")}"); run("{lut}"); saveAs("Tiff", "{path(name)}"); close();\n'
            note(name, dtype, axis='Z', **({'lut': True} if lut == 'Fire' else {}))
    open(path('_.ijm'), 'w').write(f'setBatchMode(true);\n{macro}run("Quit");')
    subprocess.run(['timeout', '60', 'xvfb-run', '-a', 'java', '-cp', IMAGEJ, 'ij.ImageJ', '-batch', path('_.ijm')], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

if shutil.which("xvfb-run") and os.path.exists(IMAGEJ): imagej()
else: print("No ImageJ is here: only the shipped files of it are checked.")

for name in os.listdir(out):
    if name.startswith('_'): os.remove(path(name))
missing = [f['file'] for f in files if not os.path.exists(path(f['file']))]
if missing: sys.exit(f'not written: {missing}')
json.dump(files, open(path('matrix.json'), 'w'))
