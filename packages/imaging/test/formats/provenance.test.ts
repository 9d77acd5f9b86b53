import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { createImage } from "../../src/formats/createImage.js";
import { blobFolderSink } from "../../src/formats/folderSink.js";
import type { ImageHeader } from "../../src/formats/format.js";
import { openImage } from "../../src/formats/openImage.js";
import { blobBytes } from "../../src/formats/randomAccess.js";
import { blobSink } from "../../src/formats/sink.js";
import { imageMetadataOf, type TiffMetadata } from "../../src/formats/tiff/tiffMetadata.js";
import { ascii, TYPES, textOf } from "../../src/formats/tiff/tiffTags.js";
import { tiffMetadataOf } from "../../src/formats/tiff/tiffWritten.js";
import type { ImageMetadata } from "../../src/image/metadata.js";
import type { Provenance } from "../../src/image/provenance.js";
import { checkedOme, childrenOf } from "./omeChecks.js";

const provenance: Provenance = {
  software: "clidim 1.2.3",
  details: [
    ["Model", "m/model.safetensors"],
    ["Source", "Zelle µ → 1.tif"],
  ],
};

async function written(metadata: ImageMetadata, pages = 2, name = "a.tif") {
  const sink = blobSink();
  const header: ImageHeader = {
    axes: pages > 1 ? ["T", "Y", "X"] : ["Y", "X"],
    shape: pages > 1 ? [pages, 3, 4] : [3, 4],
    dtype: "uint8",
    metadata,
    provenance,
  };
  const writer = await createImage(name, sink, header);
  for (let page = 0; page < pages; page++) {
    await writer.writePage({ width: 4, height: 3, dtype: "uint8", data: new Uint8Array(12) });
  }
  await writer.close();
  const source = await openImage(name, blobBytes(sink.blob(), name));
  return { source, bytes: new Uint8Array(await sink.blob().arrayBuffer()) };
}

/** The Software tag of each page. */
async function softwareOf(tiff: TiffMetadata): Promise<(string | undefined)[]> {
  const { source } = await written(imageMetadataOf(tiff));
  const { ofFile = [], ofPages = [] } = tiffMetadataOf(source);
  return [0, 1].map((page) => {
    const tag = [...(page === 0 ? ofFile : []), ...(ofPages[page] ?? [])].find((known) => known.tag === 305);
    return tag && textOf(tag).text;
  });
}

describe("what made an image is written", () => {
  test("into TIFF's Software, behind what is there", async () => {
    expect(await softwareOf({})).toEqual(["clidim 1.2.3", undefined]);
    expect(await softwareOf({ ofFile: [ascii(305, "camera 3")] })).toEqual([
      "camera 3; clidim 1.2.3",
      undefined,
    ]);
    const settings = ascii(305, "SI.a = 1\nSI.b = 2\n");
    const both = "SI.a = 1\nSI.b = 2\nclidim 1.2.3";
    expect(await softwareOf({ ofPages: [[settings], [settings]] })).toEqual([both, both]);
    expect(await softwareOf({ ofPages: [[], [ascii(305, "of a page")]] })).toEqual([
      "clidim 1.2.3",
      "of a page; clidim 1.2.3",
    ]);
    const latin1 = { tag: 305, type: TYPES.ASCII, bytes: Uint8Array.of(0xb5, 0) };
    expect(await softwareOf({ ofFile: [latin1] })).toEqual(["µ; clidim 1.2.3", undefined]);
  });

  test("and is said by the open file, of a TIFF and of a PNG", async () => {
    const { source } = await written(imageMetadataOf({ ofFile: [ascii(305, "camera 3")] }));
    expect(await source.software?.()).toBe("camera 3; clidim 1.2.3");
    expect(await (await written({}, 1, "a.png")).source.software?.()).toBe("clidim 1.2.3");
  });

  test("and not into free text", async () => {
    const { source } = await written(imageMetadataOf({ ofFile: [ascii(270, "by hand")] }));
    expect(source.metadata.text).toBe("by hand");
  });

  test("into ImageJ's info, behind what is there", async () => {
    const description = "ImageJ=1.54f\nimages=2\nframes=2\n";
    const said = "Denoised with: clidim 1.2.3\nModel: m/model.safetensors\nSource: Zelle µ → 1.tif";
    const { source } = await written(imageMetadataOf({ description }));
    expect(source.metadata.text).toBe(said);
    const info = {
      type: "info",
      bytes: new Uint8Array(Uint16Array.from("mine µ", (letter) => letter.charCodeAt(0)).buffer),
    } as const;
    const other = { type: "roi ", bytes: Uint8Array.of(1) } as const;
    const again = await written(imageMetadataOf({ description, imagej: [other, info] }));
    expect(again.source.metadata.text).toBe(`mine µ\n${said}`);
    expect(tiffMetadataOf(again.source).imagej).toHaveLength(2);
  });

  const ome = (inside: string, schema = "OME/2016-06") =>
    `<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/${schema}" UUID="urn:uuid:00000000-0000-4000-8000-000000000001">` +
    `<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="4" SizeY="3" SizeC="1" SizeZ="1" SizeT="2"><Channel ID="Channel:0:0"/><TiffData/></Pixels></Image>${inside}</OME>`;

  test.each([
    ["alone", ome(""), ""],
    [
      "beside other annotations",
      ome(
        '<StructuredAnnotations><CommentAnnotation ID="Annotation:clidim:0"><Value>a</Value></CommentAnnotation></StructuredAnnotations>',
      ),
      "",
    ],
    ["before regions", ome('<ROI ID="ROI:0"><Union/></ROI>'), ""],
    ["of an older schema", ome("", "OME/2013-06"), "http://www.openmicroscopy.org/Schemas/SA/2013-06"],
  ])("into OME's annotations, %s", async (_, description, namespace) => {
    const { bytes } = await written(imageMetadataOf({ description }));
    const [xml] = /<\?xml.*<\/OME>/s.exec(new TextDecoder().decode(bytes))!;
    const root = checkedOme(xml, 2);
    const order = [...root.childNodes].map((node) => (node as typeof root).localName);
    expect(order.filter((name) => name !== "ROI")).toEqual(["Image", "StructuredAnnotations"]);
    expect(order.at(-1)).toBe(description.includes("ROI") ? "ROI" : "StructuredAnnotations");
    const [structured] = childrenOf(root, "StructuredAnnotations");
    if (namespace !== "") expect(structured!.namespaceURI).toBe(namespace);
    const map = childrenOf(structured!, "MapAnnotation")[0]!;
    const entries = childrenOf(childrenOf(map, "Value")[0]!, "M");
    expect(entries.map((entry) => [entry.getAttribute("K"), entry.textContent])).toEqual([
      ["Software", "clidim 1.2.3"],
      ...provenance.details,
      ["Source UUID", "urn:uuid:00000000-0000-4000-8000-000000000001"],
    ]);
    expect(
      childrenOf(childrenOf(root, "Image")[0]!, "AnnotationRef").map((reference) =>
        reference.getAttribute("ID"),
      ),
    ).toEqual([map.getAttribute("ID")]);
  });

  test("into the document that an image of another format gets", async () => {
    const { bytes } = await written({ channels: ["DAPI"] });
    const [xml] = /<\?xml.*<\/OME>/s.exec(new TextDecoder().decode(bytes))!;
    expect(xml).toContain('<M K="Model">m/model.safetensors</M>');
  });

  test("into the attributes of an OME-Zarr", async () => {
    const sink = blobFolderSink();
    const header: ImageHeader = { axes: ["Y", "X"], shape: [3, 4], dtype: "uint8", provenance };
    const writer = await createImage("a.ome.zarr", sink, header);
    await writer.writePage({ width: 4, height: 3, dtype: "uint8", data: new Uint8Array(12) });
    await writer.close();
    const attributes: unknown = JSON.parse(await sink.files().get(".zattrs")!.text());
    expect(attributes).toMatchObject({
      denoised: { Software: "clidim 1.2.3", Model: "m/model.safetensors", Source: "Zelle µ → 1.tif" },
    });
  });

  test("into PNG's text", async () => {
    const { bytes } = await written({}, 1, "a.png");
    expect(decode(bytes).text).toEqual({
      Software: "clidim 1.2.3",
      Comment: "Denoised with: clidim 1.2.3\nModel: m/model.safetensors\nSource: Zelle µ ? 1.tif",
    });
  });
});
