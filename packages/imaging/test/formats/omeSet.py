"""A set of OME-TIFFs by tifffile, a file for each channel, and what it reports of a file.

    python3 omeSet.py make FOLDER          writes the set
    python3 omeSet.py ship FOLDER          prints the files in a folder as JSON, to be shipped
    python3 omeSet.py report FILE          the axes, the shape and the pixels of each series, as JSON
"""
import base64, json, os, sys
import numpy, tifffile

NAMES = ['DAPI', 'GFP', 'mCherry']
# The value of a pixel tells its plane.
DATA = numpy.fromfunction(lambda t, c, z, y, x: 1000 * c + 100 * t + 10 * z + y + x, (2, 3, 2, 4, 5), dtype=int).astype('u2')

def uuid(file): return f'urn:uuid:00000000-0000-4000-8000-00000000000{file}'

def make(folder):
    planes = ''.join(
        f'<TiffData FirstC="{c}" FirstZ="{z}" FirstT="{t}" IFD="{2 * t + z}" PlaneCount="1"><UUID FileName="set_C{c}.ome.tif">{uuid(c)}</UUID></TiffData>'
        for c in range(3) for t in range(2) for z in range(2))
    channels = ''.join(f'<Channel ID="Channel:0:{c}" Name="{name}" SamplesPerPixel="1"/>' for c, name in enumerate(NAMES))
    for c in range(3):
        xml = ('<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
               f'UUID="{uuid(c)}"><Image ID="Image:0" Name="set"><Pixels ID="Pixels:0" DimensionOrder="XYZTC" Type="uint16" SizeX="5" SizeY="4" '
               f'SizeC="3" SizeZ="2" SizeT="2" PhysicalSizeX="0.2" PhysicalSizeY="0.2" PhysicalSizeZ="0.5">{channels}{planes}</Pixels></Image></OME>')
        tifffile.imwrite(os.path.join(folder, f'set_C{c}.ome.tif'), DATA[:, c].reshape(4, 4, 5), description=xml, metadata=None, photometric='minisblack')

def ship(folder):
    names = sorted(os.listdir(folder))
    print(json.dumps({name: base64.b64encode(open(os.path.join(folder, name), 'rb').read()).decode() for name in names}, indent=2))

def report(path):
    with tifffile.TiffFile(path) as f:
        print(json.dumps([{'axes': s.axes, 'shape': s.shape, 'pixels': s.asarray().ravel().tolist()} for s in f.series]))

{'make': make, 'ship': ship, 'report': report}[sys.argv[1]](*sys.argv[2:])
