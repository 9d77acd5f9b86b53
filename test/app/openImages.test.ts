import { blobSink, createImage, InputError } from "@clidim/imaging";
import { zipSync } from "fflate";
import { describe, expect, it, vi } from "vitest";
import type { DroppedFile } from "../../packages/app/src/engine/engine.js";
import { beforehandText } from "../../packages/app/src/worker/beforehandText.js";
import { engineErrorOf } from "../../packages/app/src/worker/failures.js";
import { openedImage, openFiles, openUrl } from "../../packages/app/src/worker/images/openImages.js";
import { createReadStream } from "../../packages/app/src/worker/node/fs.js";
import { handmadeTiff } from "../../packages/imaging/test/formats/handmadeTiff.js";

// As in the worker, where there are no files but those that were given.
vi.mock("node:fs", () => import("../../packages/app/src/worker/node/fs.js"));
vi.mock("node:fs/promises", () => import("../../packages/app/src/worker/node/fsPromises.js"));

/** A TIFF of one plane all of whose pixels have a value. */
async function tiff(value: number): Promise<Uint8Array<ArrayBuffer>> {
  const sink = blobSink();
  const header = { axes: ["Y", "X"], shape: [2, 2], dtype: "uint8" } as const;
  const writer = await createImage("a.tif", sink, header);
  await writer.writePage({ width: 2, height: 2, dtype: "uint8", data: new Uint8Array(4).fill(value) });
  await writer.close();
  return new Uint8Array(await sink.blob().arrayBuffer());
}

const dropped = async (path: string, value: number, entry: number): Promise<DroppedFile> => ({
  ...{ path, entry },
  file: new File([await tiff(value)], path.split("/").at(-1)!),
});

const pixelOf = async (id: string): Promise<number> => (await openedImage(id).source.read()).data[0]!;

describe("files that are dropped together", () => {
  it("are all opened where several are called alike, each with its own pixels", async () => {
    const { images, failures } = await openFiles([
      await dropped("img.tif", 1, 0),
      await dropped("img.tif", 2, 1),
      await dropped("run/img.tif", 3, 2),
      await dropped("run/img.tif", 4, 3),
      await dropped("other.tif", 5, 4),
    ]);
    expect(failures).toEqual([]);
    const values = await Promise.all(images.map(({ id }) => pixelOf(id)));
    expect(values.toSorted()).toEqual([1, 2, 3, 4, 5]);
  });

  it("are called by their paths, as a command line finds them", async () => {
    const { images } = await openFiles([
      await dropped("cells/a/img.tif", 1, 0),
      await dropped("cells/b/img.tif", 2, 0),
    ]);
    expect(images.map(({ id, name, where }) => [openedImage(id).called, name, where])).toEqual([
      ["cells/a/img.tif", "img.tif", "cells/a/img.tif"],
      ["cells/b/img.tif", "img.tif", "cells/b/img.tif"],
    ]);
  });
});

describe("a set of OME-TIFFs", () => {
  it("is one image, as large as all of its files", async () => {
    const planes = [0, 1].map((t) => {
      const file = `<UUID FileName="t${t}.ome.tif">urn:uuid:00000000-0000-4000-8000-00000000000${t}</UUID>`;
      return `<TiffData FirstT="${t}" IFD="0" PlaneCount="1">${file}</TiffData>`;
    });
    const files = [0, 1].map((t) => {
      const description =
        `<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:00000000-0000-4000-8000-00000000000${t}">` +
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="4" SizeY="3" SizeC="1" SizeZ="1" SizeT="2">' +
        `${planes.join("")}</Pixels></Image></OME>`;
      const tiff = handmadeTiff({ width: 4, height: 3, pages: 1, blocks: 3, first: t, description });
      return new File([new Uint8Array(tiff)], `t${t}.ome.tif`);
    });
    const { images } = await openFiles(files.map((file) => ({ path: `set/${file.name}`, file, entry: 0 })));
    const bytes = files[0]!.size + files[1]!.size;
    expect(images).toMatchObject([{ axes: ["T", "Y", "X"], shape: [2, 3, 4], bytes }]);
    expect(openedImage(images[0]!.id).stored()).toBe(bytes);
  });
});

describe("a file that was saved again or moved after it was opened", () => {
  /** As browsers have it: its bytes are there until then. */
  class Changing extends File {
    static changed = false;
    override slice(...at: Parameters<File["slice"]>): Blob {
      const part = super.slice(...at);
      const read = part.arrayBuffer.bind(part);
      part.arrayBuffer = async () => {
        if (Changing.changed) throw new DOMException("The file changed.", "NotReadableError");
        return read();
      };
      return part;
    }
  }

  it("is said to be that, whoever reads it", async () => {
    const file = new Changing([await tiff(1)], "cells.tif");
    const { images } = await openFiles([{ path: "plate/cells.tif", file }]);
    const { id } = images[0]!;
    expect(await pixelOf(id)).toBe(1);
    Changing.changed = true;
    const error = await pixelOf(id).catch((thrown: unknown) => thrown);
    const sentence =
      "plate/cells.tif was changed, moved or removed since it was opened, or the browser may not read it; open it again";
    expect(engineErrorOf(error)).toEqual({ sentence, stopped: false, internal: false });
    const path = await openedImage(id).path({ proceed: () => undefined, onPhase: () => undefined });
    await expect(createReadStream(path).next()).rejects.toThrow(/cells\.tif was changed/);
  });
});

it.each(["example.org/a.zarr", "https://example.org:99999/a.zarr", "https://"])(
  "%s is refused as no address",
  async (address) => {
    await expect(openUrl(address)).rejects.toThrow(
      new InputError(`${address}: expected an address such as https://example.org/image.ome.zarr`),
    );
  },
);

describe("what a command line does not find as it is", () => {
  it("is to be downloaded", async () => {
    const bytes = await tiff(7);
    vi.stubGlobal("fetch", async () => new Response(new Blob([bytes])));
    try {
      const { id, where } = await openUrl("https://example.org/data/img.tif?key=1");
      expect(where).toBe("example.org/data/img.tif");
      const { called, beforehand } = openedImage(id);
      expect([called, beforehand]).toEqual(["img.tif", "download https://example.org/data/img.tif?key=1"]);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("is to be unpacked", async () => {
    const array = { zarr_format: 2, shape: [2, 2], chunks: [2, 2], dtype: "|u1", compressor: null };
    const multiscales = [
      { version: "0.4", axes: ["y", "x"].map((name) => ({ name })), datasets: [{ path: "0" }] },
    ];
    const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const store = {
      ".zgroup": json({ zarr_format: 2 }),
      ".zattrs": json({ multiscales }),
      "0/.zarray": json({ ...array, fill_value: 0, order: "C", filters: null, dimension_separator: "/" }),
      "0/0/0": new Uint8Array([1, 2, 3, 4]),
    };
    const open = async (path: string, files: Record<string, Uint8Array>) => {
      const zip = new File([new Uint8Array(zipSync(files, { level: 0 }))], path);
      const { images, failures } = await openFiles([{ path, file: zip }]);
      expect(failures).toEqual([]);
      const { told, called, beforehand } = openedImage(images[0]!.id);
      return [told.where, called, beforehand];
    };
    expect(await open("cells.zarr.zip", store)).toEqual([
      "cells.zarr.zip/cells.zarr",
      "cells.zarr",
      "unpack cells.zarr.zip into a folder cells.zarr",
    ]);
    const inside = Object.fromEntries(
      Object.entries(store).map(([name, bytes]) => [`a/b.zarr/${name}`, bytes]),
    );
    expect(await open("all.zip", inside)).toEqual(["all.zip/a/b.zarr", "a/b.zarr", "unpack all.zip"]);
  });

  it("is said in a sentence, each doing once", () => {
    expect(beforehandText([undefined])).toEqual([]);
    expect(beforehandText(["unpack a.zip", "download https://a.b/c.tif", "unpack a.zip"])).toEqual([
      "Before the command line, unpack a.zip, download https://a.b/c.tif.",
    ]);
  });
});
