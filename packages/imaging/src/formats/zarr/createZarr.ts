import type { Image } from "../../image/image.js";
import { type Axis, pageCountOf, pageSizeOf } from "../../image/source.js";
import type { FolderSink } from "../folderSink.js";
import type { FormatWriter, ImageHeader } from "../format.js";
import { ChunkWriter } from "./chunkWriter.js";
import { imageAttributes } from "./imageAttributes.js";
import { Pyramid } from "./pyramid.js";
import { writeArray, writeGroup } from "./zarrDocuments.js";
import { ownZarrOf, zarrLayoutOf } from "./zarrLayout.js";

/**
 * Starts an OME-Zarr: of the version, chunks, shards, compressors and smaller copies of the Zarr that the image comes from; else 0.4 with chunks of one page. Smaller copies
 * are made anew, as means.
 */
export async function createZarr(
  folder: FolderSink,
  header: ImageHeader,
  name: string,
): Promise<FormatWriter> {
  const layout = zarrLayoutOf(header);
  const { axes, omeAxes, levels } = layout;
  const { version } = levels[0]!.array;
  await writeGroup(folder, version, "", imageAttributes(header, layout, name));
  const axisNames = omeAxes.map((axis) => axis.name);
  for (const [i, { path, array }] of levels.entries()) {
    const attributes = i === 0 ? (ownZarrOf(header)?.arrayAttributes ?? {}) : {};
    await writeArray(folder, path, array, axisNames, attributes);
  }
  const pyramid = new Pyramid(
    levels.map(({ path, array, factors }) => {
      return { shape: array.shape, factors, writer: new ChunkWriter(folder, path, array) };
    }),
    header.dtype,
    header.metadata?.nodata,
  );
  const { height: pageRows } = pageSizeOf(header);
  let page = 0;
  let top = 0;
  const write = async ({ height, data }: Image): Promise<void> => {
    const indices = pageIndices(header, page);
    await pyramid.write(
      axes.slice(0, -2).map((axis) => indices[axis]!), // one for each axis of the header
      { top, height, data },
    );
    top += height;
    if (top < pageRows) return;
    top = 0;
    page++;
  };
  return {
    writePage: write,
    bands: { rows: pyramid.bandRows, write },
    close: () => folder.commit(),
    abort: () => folder.abort(),
  };
}

/** Where a page is along the axes of the header. */
function pageIndices(header: ImageHeader, page: number): Partial<Record<Axis, number>> {
  const indices: Partial<Record<Axis, number>> = {};
  let [rest, step] = [page, pageCountOf(header)];
  for (const [i, axis] of header.axes.slice(0, -2).entries()) {
    step /= header.shape[i]!;
    indices[axis] = Math.floor(rest / step);
    rest %= step;
  }
  return indices;
}
