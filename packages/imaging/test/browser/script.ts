/** What a page does with images, without anything of Node: writes, reads windows through a cache, and gives what it saw. */
import {
  blobBytes,
  blobFiles,
  blobFolderSink,
  blobSink,
  CachedSource,
  createImage,
  imageFormats,
  lazyStack,
  openImage,
} from "../../src/index.js";

export async function script(): Promise<string> {
  const seen: unknown[] = [imageFormats.map(({ name }) => name)];
  for (const compression of ["none", "deflate"] as const) {
    const sink = blobSink("image/tiff");
    const header = { axes: ["Z", "Y", "X"], shape: [3, 40, 60], dtype: "uint16", compression } as const;
    const metadata = { calibration: { Z: { step: 0.5, unit: "um" } } };
    const writer = await createImage("cells.tif", sink, { ...header, metadata });
    for (let z = 0; z < 3; z++) {
      const data = Uint16Array.from({ length: 40 * 60 }, (_, i) => i * z);
      await writer.writePage({ width: 60, height: 40, dtype: "uint16", data });
    }
    await writer.close();
    const source = new CachedSource(
      await openImage("cells.tif", blobBytes(sink.blob(), "cells.tif")),
      2 ** 20,
    );
    const page = await lazyStack(source).readPage(2, { window: { x: 3, y: 4, width: 2, height: 2 } });
    seen.push([source.format, source.axes, source.metadata.calibration, [...page.data]]);
  }
  const folder = blobFolderSink();
  // Blosc is WebAssembly, which a page may forbid; what browsers have themselves is enough here.
  const header = {
    axes: ["Z", "Y", "X"],
    shape: [3, 40, 60],
    dtype: "uint16",
    compression: "deflate",
  } as const;
  const writer = await createImage("cells.ome.zarr", folder, {
    ...header,
    metadata: { calibration: { Z: { step: 0.5, unit: "um" } } },
  });
  for (let z = 0; z < 3; z++) {
    const data = Uint16Array.from({ length: 40 * 60 }, (_, i) => i * z);
    await writer.writePage({ width: 60, height: 40, dtype: "uint16", data });
  }
  await writer.close();
  const source = await openImage("cells.ome.zarr", blobFiles(folder.files(), "cells.ome.zarr"));
  const page = await lazyStack(source).readPage(2, { window: { x: 3, y: 4, width: 2, height: 2 } });
  seen.push([source.format, source.axes, source.metadata.calibration, [...page.data]]);
  return JSON.stringify(seen);
}
