import { describe, expect, test } from "vitest";
import { createImage } from "../../src/formats/createImage.js";
import type { ImageHeader } from "../../src/formats/format.js";
import { openImage } from "../../src/formats/openImage.js";
import { blobBytes } from "../../src/formats/randomAccess.js";
import { blobSink } from "../../src/formats/sink.js";
import { castImage } from "../../src/image/castImage.js";
import type { PageRange } from "../../src/image/fileSpec.js";
import { lazyStack, readPages } from "../../src/image/lazyStack.js";
import { calibrationOf } from "../../src/image/metadata.js";
import { type PlaneRegion, selectRegion } from "../../src/image/selectRegion.js";
import type { ImageSource } from "../../src/image/source.js";
import { countedBytes, handmadeTiff, pixelAt } from "./handmadeTiff.js";
import { checkedOme, childrenOf } from "./omeChecks.js";

const open = (description: string, pages: number, range?: PageRange): Promise<ImageSource> =>
  openImage("a.tif", countedBytes(handmadeTiff({ width: 4, height: 3, pages, blocks: 3, description })), {
    ...(range && { pages: range }),
  });

/** The page of the file that each page of a source is. */
async function pagesOf(source: ImageSource): Promise<number[]> {
  const found: number[] = [];
  for await (const { data } of readPages(lazyStack(source))) {
    found.push(
      Array.from({ length: 100 }, (_, page) => page).find((page) => pixelAt(page, 0, 0) === data[0])!,
    );
  }
  return found;
}

/** What is written of a source, read again; and its checked description. */
async function written(source: ImageSource, changes: Partial<ImageHeader> = {}) {
  const { axes, shape, dtype, metadata } = source;
  const header = { axes, shape, dtype, metadata, ...changes };
  const sink = blobSink();
  const writer = await createImage("copy.tif", sink, header);
  const stack = lazyStack(source);
  for await (const page of readPages(stack)) await writer.writePage(castImage(page, header.dtype));
  await writer.close();
  const text = new TextDecoder().decode(await sink.blob().arrayBuffer());
  const [xml] = /<\?xml.*<\/(\w+:)?OME>/s.exec(text) ?? [];
  const again = await openImage("copy.tif", blobBytes(sink.blob(), "copy.tif"));
  if (xml === undefined) return { again, xml, root: undefined };
  const root = checkedOme(xml, stack.pageCount);
  return { again, xml, root };
}

const pixelsOf = (root: Awaited<ReturnType<typeof written>>["root"], image = 0) =>
  childrenOf(childrenOf(root!, "Image")[image]!, "Pixels")[0]!;
const namesOf = (root: Awaited<ReturnType<typeof written>>["root"], image = 0) =>
  childrenOf(pixelsOf(root, image), "Channel").map((channel) => channel.getAttribute("Name"));

const NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06";
const channels = (image: number) =>
  ["DAPI", "GFP"]
    .map(
      (name, i) =>
        `<Channel ID="Channel:${image}:${i}" Name="${name}" SamplesPerPixel="1" Color="${[65535, 16711935][i]}"/>`,
    )
    .join("");
const pixels = (image: number, order: string, [c, z, t]: readonly [number, number, number], inside: string) =>
  `<Pixels ID="Pixels:${image}" DimensionOrder="XY${order}" Type="uint16" SignificantBits="12" SizeX="4" SizeY="3" SizeC="${c}" SizeZ="${z}" SizeT="${t}" ` +
  `PhysicalSizeX="0.2" PhysicalSizeXUnit="µm" TimeIncrement="3">${channels(image)}${inside}</Pixels>`;
const document = (inside: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><!-- by hand --><OME xmlns="${NAMESPACE}" UUID="urn:uuid:00000000-0000-4000-8000-000000000001">${inside}</OME>`;

describe("a set of files", () => {
  const uuid = (file: number) => `urn:uuid:00000000-0000-4000-8000-00000000000${file}`;
  const data = [1, 2].flatMap((file) =>
    [0, 1].map(
      (z) =>
        `<TiffData FirstC="${file - 1}" FirstZ="${z}" FirstT="0" IFD="${z}" PlaneCount="1"><UUID FileName="split_C${file - 1}.ome.tif">${uuid(file)}</UUID></TiffData>`,
    ),
  );
  const file = (own: number) =>
    document(
      `<Image ID="Image:0" Name="split">${pixels(0, "ZCT", [2, 2, 1], data.join(""))}</Image>`,
    ).replace(uuid(1), uuid(own));

  test.each([
    [1, "DAPI"],
    [2, "GFP"],
  ])("file %i has its own planes, and what is written is whole in itself", async (own, name) => {
    const source = await open(file(own), 2);
    expect(source).toMatchObject({ axes: ["Z", "Y", "X"], shape: [2, 3, 4], metadata: { channels: [name] } });
    const { again, root } = await written(source);
    expect(source.metadata.notes).toEqual([expect.stringMatching(/^it is one of 2 files of a set/)]);
    expect(again.metadata.notes).toBeUndefined();
    expect(again).toMatchObject({
      axes: ["Z", "Y", "X"],
      metadata: { channels: [name], calibration: { X: { step: 0.2, unit: "um" } } },
    });
    expect(namesOf(root)).toEqual([name]);
    expect(pixelsOf(root).getAttribute("DimensionOrder")).toBe("XYZCT");
    expect(root!.getAttribute("UUID")).not.toBe(uuid(own));
  });

  test("of all files together, the results have each time once, and refer to no other file", async () => {
    const times = [1, 2].flatMap((at) =>
      [0, 1].map(
        (page) =>
          `<TiffData FirstT="${2 * (at - 1) + page}" IFD="${page}"><UUID FileName="t${at}.ome.tif">${uuid(at)}</UUID></TiffData>`,
      ),
    );
    const planes = [0, 1, 2, 3].map((t) => `<Plane TheC="0" TheZ="0" TheT="${t}" DeltaT="${3 * t}"/>`);
    const inside = [...times, ...planes].join("");
    const whole = document(
      `<Image ID="Image:0">${pixels(0, "CZT", [1, 1, 4], inside).replace(/<Channel ID="Channel:0:1"[^>]*>/, "")}</Image>`,
    );
    const results = [];
    for (const own of [1, 2]) {
      const source = await open(whole.replace(uuid(1), uuid(own)), 2);
      expect(source).toMatchObject({ axes: ["T", "Y", "X"], shape: [2, 3, 4] });
      const { again, root } = await written(source);
      expect(again.metadata).toMatchObject({ channels: ["DAPI"], calibration: { T: { step: 3 } } });
      expect(again.metadata.notes).toBeUndefined();
      results.push(root!);
    }
    const delays = results.map((root) =>
      childrenOf(pixelsOf(root), "Plane").map((plane) => plane.getAttribute("DeltaT")),
    );
    expect(delays).toEqual([
      ["0", "3"],
      ["6", "9"],
    ]);
    const files = results.flatMap((root) =>
      childrenOf(pixelsOf(root), "TiffData").flatMap((data) => childrenOf(data, "UUID")),
    );
    expect(files).toEqual([]);
    expect(new Set(results.map((root) => root.getAttribute("UUID"))).size).toBe(2);
  });

  test("one that is a part of none of these is a plain stack", async () => {
    const source = await open(file(3), 2);
    expect(source).toMatchObject({ axes: ["T", "Y", "X"] });
    expect(source.metadata.notes).toEqual([expect.stringMatching(/describes other planes than its pages/)]);
  });

  test("metadata in a file beside it: nothing is said that is not true of the result", async () => {
    const companion = document('<BinaryOnly MetadataFile="set.companion.ome" UUID="urn:uuid:1"/>');
    const source = await open(companion, 2);
    expect(source.metadata.notes).toEqual([
      expect.stringMatching(/^its OME-XML is in a file of its own \(set\.companion\.ome\)/),
    ]);
    const { xml } = await written(source);
    expect(xml).toBeUndefined();
  });
});

describe("planes that lie in another order than the axes", () => {
  const order = [2, 0, 3, 1];
  const data = order.map(
    (page, plane) => `<TiffData IFD="${page}" FirstZ="${plane % 2}" FirstC="${Math.floor(plane / 2)}"/>`,
  );
  const description = document(`<Image ID="Image:0">${pixels(0, "ZCT", [2, 2, 1], data.join(""))}</Image>`);

  test("are read along the axes, and written so", async () => {
    const source = await open(description, 4);
    expect(source).toMatchObject({ axes: ["C", "Z", "Y", "X"], shape: [2, 2, 3, 4] });
    expect(await pagesOf(source)).toEqual(order);
    const { again, root } = await written(source);
    expect(await pagesOf(again)).toEqual(order);
    expect(childrenOf(pixelsOf(root), "TiffData")).toHaveLength(1);
  });

  test("of a range of pages", async () => {
    const source = await open(description, 4, { first: 0, last: 2 });
    expect(source).toMatchObject({ axes: ["T", "Y", "X"], shape: [3, 3, 4] });
    expect(await pagesOf(source)).toEqual([0, 1, 2]);
    const { root } = await written(source);
    expect(pixelsOf(root).getAttribute("SizeT")).toBe("3");
    expect(namesOf(root)).toEqual([null]);
  });
});

describe("several images in a file", () => {
  const image = (index: number, z: number) =>
    `<Image ID="Image:${index}" Name="position ${index}">${pixels(index, "ZCT", [2, z, 1], `<TiffData IFD="${6 * index}" PlaneCount="${2 * z}"/>`)}</Image>`;
  const dataset = '<Dataset ID="Dataset:0"><ImageRef ID="Image:0"/><ImageRef ID="Image:1"/></Dataset>';
  const description = document(`${dataset}${image(0, 3)}${image(1, 3)}`);

  test("of the same extents follow one another along T, and are written back as several", async () => {
    const source = await open(description, 12);
    expect(source).toMatchObject({ axes: ["T", "C", "Z", "Y", "X"], shape: [2, 2, 3, 3, 4] });
    const { again, root } = await written(source);
    expect(again).toMatchObject({ axes: ["T", "C", "Z", "Y", "X"], shape: [2, 2, 3, 3, 4] });
    expect(childrenOf(root!, "Image").map((element) => element.getAttribute("Name"))).toEqual([
      "position 0",
      "position 1",
    ]);
    expect([0, 1].map((index) => pixelsOf(root, index).getAttribute("SizeT"))).toEqual(["1", "1"]);
  });

  test("their pages say which of them they show, as long as there are several", async () => {
    const source = await open(description, 12);
    expect([...source.metadata.positions!]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    expect([...selectRegion(source, { C: 1, Z: 0 }).metadata.positions!]).toEqual([0, 1]);
    expect(selectRegion(source, { T: 1 }).metadata).not.toHaveProperty("positions");
    const other = await open(document(`${image(0, 3)}${image(1, 2)}`), 10);
    expect([...other.metadata.positions!]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect(other.metadata.sparse).toMatchObject({ axes: ["T", "C", "Z"], shape: [2, 2, 3] });
  });

  test("a range of one of them has its steps and names; of several, those of the first, without a step in time, and a note where they differ", async () => {
    const apart = (index: number, step: number, names: readonly string[]) =>
      `<Image ID="Image:${index}"><Pixels ID="Pixels:${index}" DimensionOrder="XYZCT" Type="uint16" SizeX="4" SizeY="3" SizeZ="1" SizeC="1" SizeT="2" PhysicalSizeX="${step}" TimeIncrement="5">` +
      `${names.map((name, i) => `<Channel ID="Channel:${index}:${i}" Name="${name}"/>`).join("")}<TiffData IFD="${2 * index}" PlaneCount="2"/></Pixels></Image>`;
    const different = document(`${apart(0, 0.1, ["GFP"])}${apart(1, 0.2, ["RFP"])}`);
    const second = await open(different, 4, { first: 2, last: 3 });
    expect(second.metadata.calibration).toEqual({ X: { step: 0.2, unit: "um" }, T: { step: 5, unit: "s" } });
    expect(second.metadata.channels).toEqual(["RFP"]);
    expect(second.metadata.notes ?? []).toEqual([]);
    const both = await open(different, 4);
    expect(both.metadata.calibration).toEqual({ X: { step: 0.1, unit: "um" } });
    expect(both.metadata.notes).toContainEqual(
      expect.stringMatching(/the pages are of 2 images with steps or channels of their own/),
    );
    const alike = await open(document(`${apart(0, 0.1, ["GFP"])}${apart(1, 0.1, ["GFP"])}`), 4);
    expect(alike.metadata.notes ?? []).toEqual([]);
  });

  test("a channel of each", async () => {
    const source = selectRegion(await open(description, 12), { C: 1 });
    expect(await pagesOf(source)).toEqual([3, 4, 5, 9, 10, 11]);
    const { root } = await written(source);
    expect([0, 1].map((index) => namesOf(root, index))).toEqual([["GFP"], ["GFP"]]);
  });

  test("a range of one of them leaves out the others and what refers to them", async () => {
    const { root } = await written(await open(description, 12, { first: 6, last: 8 }));
    expect(childrenOf(root!, "Image").map((element) => element.getAttribute("Name"))).toEqual(["position 1"]);
    expect(childrenOf(childrenOf(root!, "Dataset")[0]!, "ImageRef")).toHaveLength(1);
    expect(namesOf(root)).toEqual(["DAPI"]);
  });

  test("of other extents are a plain stack that is written back as several", async () => {
    const source = await open(document(`${image(0, 3)}${image(1, 2)}`), 10);
    expect(source).toMatchObject({ axes: ["T", "Y", "X"], shape: [10, 3, 4] });
    const { root } = await written(source);
    expect([0, 1].map((index) => pixelsOf(root, index).getAttribute("SizeZ"))).toEqual(["3", "2"]);
  });
});

describe("what is not of the planes is kept, what is follows them", () => {
  const plane = (c: number, t: number) => `<Plane TheC="${c}" TheZ="0" TheT="${t}" DeltaT="${10 * t + c}"/>`;
  const planes = [0, 1, 2].flatMap((t) => [0, 1].map((c) => plane(c, t))).join("");
  const roi = (id: number, shape: string) =>
    `<ROI ID="ROI:${id}"><Union><Point ID="Shape:${id}:0" X="1" Y="2"${shape}/></Union></ROI>`;
  const description = document(
    '<Instrument ID="Instrument:0"><Objective ID="Objective:0" LensNA="1.4"/></Instrument>' +
      `<Image ID="Image:0"><Description>a &amp; b</Description><InstrumentRef ID="Instrument:0"/>${pixels(0, "CZT", [2, 1, 3], `<TiffData/>${planes}`)}` +
      '<ROIRef ID="ROI:0"/><ROIRef ID="ROI:1"/><ROIRef ID="ROI:2"/><AnnotationRef ID="Annotation:0"/></Image>' +
      '<StructuredAnnotations><XMLAnnotation ID="Annotation:0"><Value><x:y xmlns:x="urn:x"><![CDATA[1 < 2]]></x:y></Value></XMLAnnotation></StructuredAnnotations>' +
      roi(0, ' TheT="2" TheC="1"') +
      roi(1, ' TheT="0"') +
      roi(2, ""),
  );
  const select = async (region: PlaneRegion) => written(selectRegion(await open(description, 6), region));

  test("of a file as a whole", async () => {
    const { xml, root, again } = await written(await open(description, 6));
    for (const part of [
      "<!-- by hand -->",
      'LensNA="1.4"',
      "<![CDATA[1 < 2]]>",
      'PhysicalSizeXUnit="µm"',
      "a &amp; b",
    ]) {
      expect(xml).toContain(part);
    }
    expect(childrenOf(pixelsOf(root), "Plane")).toHaveLength(6);
    expect(childrenOf(root!, "ROI")).toHaveLength(3);
    expect(pixelsOf(root).getAttribute("SignificantBits")).toBe("12");
    expect(again.metadata).toMatchObject({
      text: "a & b",
      channels: ["DAPI", "GFP"],
      channelColours: ["#0000ff", "#00ff00"],
    });
  });

  test("of a channel and some times", async () => {
    const { root, again } = await select({ C: 1, T: [1, 3] });
    expect(again).toMatchObject({
      axes: ["T", "Y", "X"],
      shape: [2, 3, 4],
      metadata: { channels: ["GFP"], channelColours: ["#00ff00"] },
    });
    const there = childrenOf(pixelsOf(root), "Plane").map((element) =>
      ["TheC", "TheT", "DeltaT"].map((name) => element.getAttribute(name)),
    );
    expect(there).toEqual([
      ["0", "0", "11"],
      ["0", "1", "21"],
    ]);
    expect(childrenOf(root!, "ROI").map((element) => element.getAttribute("ID"))).toEqual(["ROI:0", "ROI:2"]);
    const [point] = childrenOf(childrenOf(childrenOf(root!, "ROI")[0]!, "Union")[0]!, "Point");
    expect([point!.getAttribute("TheC"), point!.getAttribute("TheT")]).toEqual(["0", "1"]);
  });

  test("of another quantity at the same places", async () => {
    const source = await open(description, 6);
    const { root } = await written(source, { dtype: "float32", metadata: calibrationOf(source.metadata) });
    expect(pixelsOf(root).getAttribute("Type")).toBe("float");
    expect(pixelsOf(root).getAttribute("SignificantBits")).toBeNull();
    expect(namesOf(root)).toEqual(["DAPI", "GFP"]);
  });

  test("of what is written along other axes than it was read", async () => {
    const source = await open(description, 6);
    const { root } = await written(source, { axes: ["Z", "C", "Y", "X"], shape: [2, 3, 3, 4] });
    expect(["SizeC", "SizeZ", "SizeT"].map((name) => pixelsOf(root).getAttribute(name))).toEqual([
      "2",
      "1",
      "3",
    ]);
  });

  test("text that is no XML says nothing of the axes", async () => {
    const source = await open("<OME><Image>", 2);
    expect(source).toMatchObject({ axes: ["T", "Y", "X"] });
    expect(source.metadata.notes).toEqual(["its OME-XML is damaged and not kept"]);
    expect((await written(source)).xml).toBeUndefined();
  });
});
