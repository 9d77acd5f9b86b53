"""TIFFs by tifffile and ImageJ with all that they say of an image, and what both report of a file.

    python3 roundTrip.py make FOLDER              writes the inputs; those of ImageJ where it is installed
    python3 roundTrip.py report FILE...           what tifffile reports, as JSON by file name
    python3 roundTrip.py imagej FILE...           what ImageJ reports, as text by file name
    python3 roundTrip.py ship FOLDER OUT.json     the inputs in a folder, to be shipped

Needs tifffile; ImageJ needs java, xvfb-run and ij.jar (where Debian has it, or $IJ_JAR).
"""
import base64, hashlib, json, os, re, shutil, subprocess, sys, tempfile
import xml.etree.ElementTree as ElementTree
import numpy, tifffile

JAR = os.environ.get('IJ_JAR', '/usr/share/java/ij.jar')

def has_imagej(): return bool(shutil.which('java') and shutil.which('xvfb-run') and os.path.exists(JAR))

def imagej(macro):
    with tempfile.NamedTemporaryFile('w', suffix='.ijm', delete=False) as f:
        f.write('setBatchMode(true);\n' + macro + '\nrun("Quit");')
    try:
        # The server's number is its own, so that several may run at once.
        subprocess.run(['xvfb-run', '-a', 'java', '-cp', JAR, 'ij.ImageJ', '-batch', f.name],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=True)
    finally: os.remove(f.name)

def pixels(*shape, dtype='u2'):
    return ((numpy.arange(numpy.prod(shape)) * 37) % 251).reshape(shape).astype(dtype)

def ramp(*colour): return numpy.stack([numpy.linspace(0, c, 256).round() for c in colour]).astype('u1')

def make(folder):
    def at(name): return os.path.join(folder, name)
    hyper = dict(imagej=True, resolution=(5, 4), metadata={
        'axes': 'TZCYX', 'unit': 'um', 'spacing': 0.5, 'finterval': 2.5, 'mode': 'composite', 'Info': 'objective = 63x µ',
        'Ranges': (0.0, 300.0, 900.0, 1400.5), 'LUTs': [ramp(255, 0, 0), ramp(0, 255, 0)], 'Labels': [f'plane {i}' for i in range(12)]})
    tifffile.imwrite(at('ij-hyperstack.tif'), pixels(2, 3, 2, 6, 9), **hyper)
    tifffile.imwrite(at('ij-hyperstack-big-endian.tif'), pixels(2, 3, 2, 6, 9), byteorder='>', **hyper)
    tifffile.imwrite(at('ij-frames.tif'), pixels(6, 1, 1, 6, 9, dtype='u1'), imagej=True, metadata={'axes': 'TZCYX', 'finterval': 0.25})
    channels = {'Name': ['DAPI', 'GFP']}
    times = [0.1 * i for i in range(12)]
    tifffile.imwrite(at('ome.ome.tif'), pixels(2, 2, 3, 6, 9), photometric='minisblack', metadata={
        'axes': 'TCZYX', 'PhysicalSizeX': 0.2, 'PhysicalSizeXUnit': 'µm', 'PhysicalSizeY': 0.2, 'PhysicalSizeYUnit': 'µm', 'PhysicalSizeZ': 0.7,
        'TimeIncrement': 3, 'TimeIncrementUnit': 's', 'Channel': channels, 'Plane': {'DeltaT': times, 'PositionX': times}})
    with tifffile.TiffWriter(at('positions.ome.tif'), ome=True) as t:
        for i in range(2):
            t.write(pixels(2, 3, 6, 9) + i, photometric='minisblack', metadata={'axes': 'CZYX', 'Name': f'position {i}', 'Channel': channels})
    with tifffile.TiffWriter(at('pages.tif'), bigtiff=True) as t:
        for i in range(4):
            t.write(pixels(20, 37) + i, photometric='minisblack', metadata=None, tile=(16, 16), compression='zlib', predictor=True, resolution=(1e4, 1e4), resolutionunit='CENTIMETER',
                    description=f'frameTimestamps_sec = {i / 30:.6f}'.encode(), software='SI.LINE = 1\n', datetime='2024:02:03 04:05:06',
                    extratags=[(285, 's', 0, f'page {i}', True), (34682, 's', 0, '[Scan]\nPixelWidth=1.5e-9\n', True), (274, 'H', 1, 3, True)])
    tifffile.imwrite(at('latin1.tif'), pixels(6, 9), metadata=None, description='Größe 0.16 µm; Präparat 7'.encode('latin-1'), datetime='2024:02:03 04:05:06', software='camera program 3',
                     extratags=[(315, 's', 0, 'A. Person', True)])
    tifffile.imwrite(at('shaped.tif'), pixels(4, 6, 9), photometric='minisblack')
    tifffile.imwrite(at('shaped-axes.tif'), pixels(2, 3, 6, 9), photometric='minisblack', metadata={'axes': 'CZYX', 'sample': 'seven'})
    tifffile.imwrite(at('palette.tif'), pixels(6, 9, dtype='u1'), photometric='palette', colormap=ramp(255, 128, 0).astype('u2') * 257, metadata=None)
    tifffile.imwrite(at('rgb.tif'), pixels(4, 6, 9, 3, dtype='u1'), photometric='rgb', metadata={'axes': 'ZYXS', 'sample': 'seven'})
    tifffile.imwrite(at('rgb-unnamed.tif'), pixels(2, 6, 9, 3), photometric='rgb', compression='zlib')
    tifffile.imwrite(at('rgba-tiles.tif'), pixels(20, 37, 4), photometric='rgb', extrasamples=['unassalpha'], metadata=None, tile=(16, 16), compression='zlib', predictor=True)
    tifffile.imwrite(at('grey-alpha.tif'), pixels(6, 9, 2, dtype='u1'), photometric='minisblack', planarconfig='contig', extrasamples=['assocalpha'], metadata=None)
    tifffile.imwrite(at('ij-rgb.tif'), pixels(3, 6, 9, 3, dtype='u1'), imagej=True, resolution=(5, 4), metadata={'axes': 'ZYXS', 'unit': 'um', 'spacing': 0.5, 'Labels': ['a', 'b', 'c']})
    for dtype in 'uint16', 'float32':
        tifffile.imwrite(at(f'strips-{dtype}.tif'), pixels(900, 410, dtype=dtype), photometric='minisblack', metadata=None, compression='zlib', rowsperstrip=40)
    if not has_imagej(): return
    imagej(f'''
open("{at('ij-hyperstack.tif')}");
run("Properties...", "unit=um pixel_width=0.2 pixel_height=0.3 voxel_depth=0.5 frame=2.5");
Stack.setDisplayMode("composite");
Stack.setChannel(1); run("Fire"); setMinAndMax(3, 100); Stack.setChannel(2); run("Green"); setMinAndMax(10, 200);
makeRectangle(2, 3, 5, 2); Roi.setPosition(2, 3, 1); Overlay.addSelection("red");
makeOval(1, 1, 5, 3); Roi.setPosition(1, 1, 2); Overlay.addSelection("blue");
makeOval(1, 1, 2, 2); Overlay.addSelection("blue");
makeLine(1, 1, 4, 4);
setMetadata("Info", "line one\\nline two");
for (i = 1; i <= nSlices; i++) {{ setSlice(i); setMetadata("Label", "label " + i); }}
saveAs("Tiff", "{at('by-imagej-hyperstack.tif')}");
newImage("fire", "8-bit ramp", 9, 6, 3); run("Fire"); setMinAndMax(20, 180); saveAs("Tiff", "{at('by-imagej-fire.tif')}");
newImage("float", "32-bit ramp", 9, 6, 2); run("Calibrate...", "function=None unit=[Gray Value] text1=[] text2=[]"); setMinAndMax(0.25, 0.75); saveAs("Tiff", "{at('by-imagej-float.tif')}");
newImage("channels", "8-bit composite-mode ramp", 9, 6, 2, 3, 1); Stack.setChannel(1); run("Red"); Stack.setChannel(2); run("Green"); setMinAndMax(10, 200);
saveAs("Tiff", "{at('by-imagej-8-bit.tif')}");
newImage("colours", "RGB ramp", 9, 6, 3); run("Properties...", "unit=um pixel_width=0.2 pixel_height=0.3 voxel_depth=0.5"); saveAs("Tiff", "{at('by-imagej-rgb.tif')}");
newImage("grey", "16-bit ramp", 9, 6, 1); run("Invert LUT"); run("Calibrate...", "function=[Straight Line] unit=nm text1=[0 10 20] text2=[1 2 3]"); saveAs("Tiff", "{at('by-imagej-inverted.tif')}");
''')

def digest(value):
    if isinstance(value, numpy.ndarray): return hashlib.sha1(numpy.ascontiguousarray(value).tobytes()).hexdigest()
    if isinstance(value, bytes): return hashlib.sha1(value).hexdigest() if len(value) > 64 else value.decode('latin-1')
    if isinstance(value, dict): return {k: digest(v) for k, v in sorted(value.items())}
    if isinstance(value, (list, tuple)): return [digest(v) for v in value]
    return value if isinstance(value, (int, float, str)) else str(value)

def ome(xml):
    """What is said of images, without where in the file planes are, and identifiers of the file."""
    root = ElementTree.fromstring(xml)
    strip = lambda tag: tag.split('}')[-1]
    def of(element):
        attributes = {k: v for k, v in sorted(element.attrib.items()) if k not in ('UUID', 'Creator', 'Interleaved', 'BigEndian') and 'schemaLocation' not in k}
        return [strip(element.tag), attributes, (element.text or '').strip(), [of(e) for e in element if strip(e.tag) != 'TiffData']]
    return of(root)

TAGS = [270, 285, 271, 272, 274, 282, 283, 286, 287, 296, 305, 306, 315, 320, 34682, 262, 277, 338, 322, 323, 259, 317]

def report(path):
    with tifffile.TiffFile(path) as t:
        pages = []
        for page in t.pages:
            tags = {}
            for tag in page.tags.values():
                if tag.code not in TAGS or (tag.code == 270 and (t.is_imagej or t.is_ome or t.is_shaped)): continue
                t.filehandle.seek(tag.valueoffset)
                # A table that is not used: ImageJ writes it beside WhiteIsZero.
                if tag.code == 320 and page.photometric != 3: continue
                tags[str(tag.code)] = digest(t.filehandle.read(tag.valuebytecount) if tag.code == 270 else tag.value)
            pages.append(tags)
        return {
            'series': [{'axes': s.axes, 'shape': list(s.shape), 'pixels': digest(s.asarray())} for s in t.series],
            'imagej': digest(t.imagej_metadata or {}), 'ome': ome(t.ome_metadata) if t.is_ome else None,
            'shaped': digest(t.shaped_metadata or []), 'pages': pages}

def report_imagej(paths):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, 'out.txt')
        files = ''.join(f'describe("{p}", "{os.path.basename(p)}");\n' for p in paths)
        imagej(f'''
function line(text) {{ File.append(text, "{out}"); }}
function describe(path, name) {{
  open(path); line("FILE " + name);
  Stack.getDimensions(w, h, c, z, t); line("size " + w + " " + h + " " + c + " " + z + " " + t + " " + bitDepth() + " hyperstack " + Stack.isHyperstack);
  getVoxelSize(vw, vh, vd, unit); line("step " + vw + " " + vh + " " + vd + " " + unit + " " + Stack.getFrameInterval());
  line("composite " + is("composite") + " inverting " + is("Inverting LUT"));
  for (k = 1; k <= c && bitDepth() != 24; k++) {{
    if (c > 1) Stack.setChannel(k);
    getMinAndMax(low, high); getLut(r, g, b); line("channel " + k + " " + low + " " + high + " " + r[128] + " " + g[128] + " " + b[128] + " " + r[255] + " " + g[255] + " " + b[255]);
  }}
  line("info " + replace(getMetadata("Info"), "\\n", "|")); line("value " + calibrate(100));
  for (i = 1; i <= nSlices; i++) {{ setSlice(i); getRawStatistics(n, mean); line("label " + getMetadata("Label") + " pixel " + getPixel(3, 2) + " mean " + mean); }}
  line("selection " + selectionType());
  for (i = 0; i < Overlay.size; i++) {{
    Overlay.activateSelection(i); getSelectionBounds(x, y, bw, bh); Roi.getPosition(rc, rz, rt); line("overlay " + x + " " + y + " " + bw + " " + bh + " at " + rc + " " + rz + " " + rt);
  }}
  close();
}}
{files}''')
        text = open(out, encoding='utf-8', errors='replace').read()
    return {part.split('\n', 1)[0]: part.split('\n', 1)[1] for part in text.split('FILE ')[1:]}

if __name__ == '__main__':
    command, *rest = sys.argv[1:]
    if command == 'make': make(*rest)
    elif command == 'report': print(json.dumps({os.path.basename(p): report(p) for p in rest}))
    elif command == 'imagej': print(json.dumps(report_imagej(rest)))
    elif command == 'ship':
        folder, out = rest
        files = {n: base64.b64encode(open(os.path.join(folder, n), 'rb').read()).decode() for n in sorted(os.listdir(folder)) if n.endswith('.tif')}
        open(out, 'w').write(json.dumps(files, indent=1) + '\n')
