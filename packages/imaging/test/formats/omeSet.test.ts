import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pythonWith, runPython } from "@clidim/testing/python";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { createImageFile } from "../../src/files/createImageFile.js";
import { expandFiles } from "../../src/files/expandFiles.js";
import { hashFile } from "../../src/files/hashFile.js";
import { openImageFile } from "../../src/files/openImageFile.js";
import { openImage } from "../../src/formats/openImage.js";
import type { Siblings } from "../../src/formats/siblings.js";
import type { PageRange } from "../../src/image/fileSpec.js";
import { lazyStack, readPages } from "../../src/image/lazyStack.js";
import { type PlaneRegion, selectRegion } from "../../src/image/selectRegion.js";
import type { ImageSource } from "../../src/image/source.js";
import { countedBytes, handmadeTiff, pixelAt } from "./handmadeTiff.js";
import { checkedOme, childrenOf } from "./omeChecks.js";

const NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06";
const uuid = (file: number | string) => `urn:uuid:00000000-0000-4000-8000-00000000000${file}`;
const ome = (own: string, inside: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><OME xmlns="${NAMESPACE}" UUID="${own}">${inside}</OME>`;
const channels = ["DAPI", "GFP"].map(
  (name, i) => `<Channel ID="Channel:0:${i}" Name="${name}" SamplesPerPixel="1"/>`,
);
const image = (data: string, { id = 0, sizes = 'SizeC="2" SizeZ="1" SizeT="4"', order = "XYCZT" } = {}) =>
  `<Image ID="Image:${id}"><Pixels ID="Pixels:${id}" DimensionOrder="${order}" Type="uint16" SizeX="4" SizeY="3" ${sizes} PhysicalSizeX="0.2" TimeIncrement="3">` +
  `${channels.join("").replaceAll("Channel:0", `Channel:${id}`)}${data}</Pixels></Image>`;
const data = (file: string, id: number | string, place: string, page: number, count = 1) =>
  `<TiffData ${place} IFD="${page}" PlaneCount="${count}"><UUID FileName="${file}">${uuid(id)}</UUID></TiffData>`;

/** Files of so many pages; the pages of all files are numbered on. */
type Files = Readonly<
  Record<string, { readonly pages: number; readonly first: number; readonly xml?: string }>
>;
const bytesOf = ({ pages, first, xml }: Files[string]): Uint8Array =>
  handmadeTiff({
    width: 4,
    height: 3,
    pages,
    blocks: 3,
    first,
    ...(xml !== undefined && { description: xml }),
  });

/** Two files of two times each, with both channels, the whole description in both. */
const times = [0, 1, 2, 3]
  .map((t) => data(`t${Math.floor(t / 2)}.ome.tif`, Math.floor(t / 2), `FirstT="${t}"`, 2 * (t % 2), 2))
  .join("");
const byTime: Files = {
  "t0.ome.tif": { pages: 4, first: 0, xml: ome(uuid(0), image(times)) },
  "t1.ome.tif": { pages: 4, first: 4, xml: ome(uuid(1), image(times)) },
};

function siblingsOf(
  files: Files,
  texts: Readonly<Record<string, string>> = {},
): Siblings & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    open: async (name) => {
      asked.push(name);
      const file = files[name];
      const bytes = file ? bytesOf(file) : texts[name] && new TextEncoder().encode(texts[name]);
      return bytes ? { path: name, bytes: countedBytes(bytes) } : undefined;
    },
  };
}

const open = (
  files: Files,
  name: string,
  siblings = siblingsOf(files),
  pages?: PageRange,
): Promise<ImageSource> =>
  openImage(name, countedBytes(bytesOf(files[name]!)), { siblings, ...(pages && { pages }) });

/** The page of the set that each page of a source is. */
async function pagesOf(source: ImageSource): Promise<number[]> {
  const found: number[] = [];
  for await (const page of readPages(lazyStack(source))) {
    found.push(
      Array.from({ length: 100 }, (_, number) => number).find(
        (number) => pixelAt(number, 0, 0) === page.data[0],
      )!,
    );
  }
  return found;
}
const part = (source: ImageSource, region: PlaneRegion): Promise<number[]> =>
  pagesOf(selectRegion(source, region));
const first = (count: number): number[] => Array.from({ length: count }, (_, page) => page);

describe("a set of files", () => {
  test.each(["t0.ome.tif", "t1.ome.tif"])("is one image, whichever of them is opened: %s", async (name) => {
    const source = await open(byTime, name);
    expect(source).toMatchObject({
      axes: ["T", "C", "Y", "X"],
      shape: [4, 2, 3, 4],
      metadata: { channels: ["DAPI", "GFP"], calibration: { X: { step: 0.2 }, T: { step: 3 } } },
    });
    expect(await pagesOf(source)).toEqual(first(8));
    expect(await part(source, { C: 1 })).toEqual([1, 3, 5, 7]);
    expect(await part(source, { T: [1, 3] })).toEqual([2, 3, 4, 5]);
    expect(source.metadata.notes).toEqual([
      expect.stringMatching(/^it is one of 2 files of a set, which are read as one image;/),
    ]);
  });

  test("by names where a file was given another one, and all files have the identifier of the first", async () => {
    const renamed: Files = { ...byTime, "new.tif": byTime["t1.ome.tif"]! };
    expect(await pagesOf(await open(renamed, "new.tif"))).toEqual(first(8));
    const copied: Files = {
      ...byTime,
      "t1.ome.tif": { ...byTime["t1.ome.tif"]!, xml: byTime["t0.ome.tif"]!.xml! },
    };
    expect(await pagesOf(await open(copied, "t1.ome.tif"))).toEqual(first(8));
    expect(await pagesOf(await open(copied, "t0.ome.tif"))).toEqual(first(8));
  });

  test("a page range is one of the whole image", async () => {
    const source = await open(byTime, "t1.ome.tif", siblingsOf(byTime), { first: 2, last: 5 });
    expect(source).toMatchObject({ axes: ["T", "C", "Y", "X"], shape: [2, 2, 3, 4] });
    expect(await pagesOf(source)).toEqual([2, 3, 4, 5]);
    const outside = open(byTime, "t1.ome.tif", siblingsOf(byTime), { first: 8, last: 8 });
    await expect(outside).rejects.toThrow(/has 8 pages/);
  });

  test("without a folder, a file has its own planes and says so", async () => {
    const source = await openImage("t1.ome.tif", countedBytes(bytesOf(byTime["t1.ome.tif"]!)));
    expect(await pagesOf(source)).toEqual([4, 5, 6, 7]);
    expect(source.metadata.notes).toEqual([expect.stringMatching(/the result has the planes of this file/)]);
  });

  test("planes lie in the files in any order", async () => {
    const mixed = [
      data("c1.tif", 1, 'FirstC="1" FirstT="3"', 0),
      data("c0.tif", 0, 'FirstC="0" FirstT="0"', 1, 1),
      ...[1, 2, 3].map((t) => data("c0.tif", 0, `FirstT="${t}"`, t === 1 ? 0 : t)),
      ...[0, 1, 2].map((t) => data("c1.tif", 1, `FirstC="1" FirstT="${t}"`, 3 - t)),
    ].join("");
    const files: Files = {
      "c0.tif": { pages: 4, first: 0, xml: ome(uuid(0), image(mixed, { order: "XYZTC" })) },
      "c1.tif": { pages: 4, first: 4, xml: ome(uuid(1), image(mixed, { order: "XYZTC" })) },
    };
    const source = await open(files, "c0.tif");
    expect(source).toMatchObject({ axes: ["C", "T", "Y", "X"], shape: [2, 4, 3, 4] });
    expect(await pagesOf(source)).toEqual([1, 0, 2, 3, 7, 6, 5, 4]);
  });
});

describe("the description in another file", () => {
  const pointer = (own: number, file: string) =>
    ome(uuid(own), `<BinaryOnly MetadataFile="${file}" UUID="${uuid(9)}"/>`);

  test("of its own", async () => {
    const files: Files = {
      "t0.ome.tif": { pages: 4, first: 0, xml: pointer(0, "a.companion.ome") },
      "t1.ome.tif": { pages: 4, first: 4, xml: pointer(1, "a.companion.ome") },
    };
    const siblings = siblingsOf(files, { "a.companion.ome": ome(uuid(9), image(times)) });
    const source = await open(files, "t1.ome.tif", siblings);
    expect(source).toMatchObject({ axes: ["T", "C", "Y", "X"], metadata: { channels: ["DAPI", "GFP"] } });
    expect(await pagesOf(source)).toEqual(first(8));
    const alone = await open(files, "t1.ome.tif");
    expect(alone.metadata.notes).toEqual([
      expect.stringMatching(/is in a file of its own \(a\.companion\.ome\)/),
    ]);
    expect(await pagesOf(alone)).toEqual([4, 5, 6, 7]);
  });

  test("of the set, or of one image", async () => {
    const files: Files = { ...byTime, "t1.ome.tif": { pages: 4, first: 4, xml: pointer(1, "t0.ome.tif") } };
    expect(await pagesOf(await open(files, "t1.ome.tif"))).toEqual(first(8));
    expect(await pagesOf(await open(files, "t0.ome.tif"))).toEqual(first(8));
    const one: Files = { "a.tif": { pages: 8, first: 0, xml: pointer(1, "a.companion.ome") } };
    const source = await open(
      one,
      "a.tif",
      siblingsOf(one, { "a.companion.ome": ome(uuid(9), image("<TiffData/>")) }),
    );
    expect(source).toMatchObject({
      axes: ["T", "C", "Y", "X"],
      shape: [4, 2, 3, 4],
      metadata: { calibration: { T: { step: 3 } } },
    });
    expect(source.metadata.notes).toBeUndefined();
  });
});

describe("what is missing is said", () => {
  test("a file at the end: the planes that are there keep their axes", async () => {
    const source = await open({ "t0.ome.tif": byTime["t0.ome.tif"]! }, "t0.ome.tif");
    expect(source).toMatchObject({
      axes: ["T", "C", "Y", "X"],
      shape: [2, 2, 3, 4],
      metadata: { calibration: { T: { step: 3 } } },
    });
    expect(source.metadata.notes).toEqual([
      "t1.ome.tif of its set is not there: 4 of 8 planes are missing (T 2-3); the result has and describes those that are there",
      expect.stringMatching(/^it is one of 2 files of a set; /),
    ]);
  });

  test("a file in between: no time between the planes that are there is claimed", async () => {
    const each = [0, 1, 2, 3].map((t) => data(`t${t}.tif`, t, `FirstT="${t}"`, 0, 2)).join("");
    const files: Files = Object.fromEntries(
      [0, 2, 3].map((t) => [`t${t}.tif`, { pages: 2, first: 2 * t, xml: ome(uuid(t), image(each)) }]),
    );
    const source = await open(files, "t3.tif");
    expect(await pagesOf(source)).toEqual([0, 1, 4, 5, 6, 7]);
    expect(source).toMatchObject({
      axes: ["T", "C", "Y", "X"],
      shape: [3, 2, 3, 4],
      metadata: { calibration: { X: { step: 0.2 } } },
    });
    expect(source.metadata.calibration).not.toHaveProperty("T");
    expect(source.metadata.notes?.[1]).toMatch(
      /^t1\.tif of its set is not there: 2 of 8 planes are missing \(T 1\);/,
    );
  });

  test("planes of some channels and times", async () => {
    const each = [0, 1, 2, 3]
      .map(
        (t) =>
          data(`t${t}.tif`, t, `FirstC="0" FirstT="${t}"`, 0) +
          data(`u${t}.tif`, t + 4, `FirstC="1" FirstT="${t}"`, 0),
      )
      .join("");
    const files: Files = Object.fromEntries(
      ["t0", "t1", "t2", "t3", "u0", "u2"].map((name, i) => [
        `${name}.tif`,
        { pages: 1, first: i, xml: ome(uuid(i < 4 ? i : 2 * i - 4), image(each)) },
      ]),
    );
    const source = await open(files, "t1.tif");
    expect(source.metadata.sparse).toMatchObject({ axes: ["T", "C"], shape: [4, 2] });
    expect(await part(source, { C: 0 })).toEqual([0, 1, 2, 3]);
    expect(await part(source, { C: 1 })).toEqual([4, 5]);
    expect(source.metadata.notes?.[1]).toMatch(
      /^u1\.tif, u3\.tif of its set are not there: 2 of 8 planes are missing \(C 1 T 1,3\);/,
    );
  });

  test.each(["../t1.ome.tif", "/tmp/t1.ome.tif", "sub/t1.ome.tif", "..\\t1.ome.tif", "C:t1.ome.tif", ".."])(
    "%s is not followed",
    async (name) => {
      const xml = byTime["t0.ome.tif"]!.xml!.replaceAll("t1.ome.tif", name);
      const files: Files = { "t0.ome.tif": { pages: 4, first: 0, xml }, [name]: byTime["t1.ome.tif"]! };
      const siblings = siblingsOf(files);
      const source = await open(files, "t0.ome.tif", siblings);
      expect(siblings.asked).toEqual([]);
      expect(await pagesOf(source)).toEqual([0, 1, 2, 3]);
      expect(source.metadata.notes?.join()).toContain(`its set names ${name}, which is not looked for`);
    },
  );

  test("a file with another identifier than its set gives it", async () => {
    const files: Files = {
      ...byTime,
      "t1.ome.tif": { pages: 4, first: 4, xml: ome(uuid("a"), image("<TiffData/>")) },
    };
    const source = await open(files, "t0.ome.tif");
    expect(source.metadata.notes?.[1]).toMatch(/^t1\.ome\.tif of its set has another identifier/);
  });

  test("files whose pages are not alike are refused by name", async () => {
    const wide = handmadeTiff({ width: 5, height: 3, pages: 4, blocks: 3 });
    const siblings: Siblings = { open: async () => ({ path: "dir/t1.ome.tif", bytes: countedBytes(wide) }) };
    await expect(
      openImage("t0.ome.tif", countedBytes(bytesOf(byTime["t0.ome.tif"]!)), { siblings }),
    ).rejects.toThrow(
      /^dir\/t1\.ome\.tif: expected pages of the size of the other files of its set, which is 4 x 3 pixels \(t0\.ome\.tif\), got 5 x 3/,
    );
  });
});

describe("several images in a set", () => {
  const sizes = 'SizeC="2" SizeZ="1" SizeT="1"';
  const position = (id: number) => image(data(`p${id}.tif`, id, "", 0, 2), { id, sizes });

  test("each in a file of its own are images of their own", async () => {
    const all = [0, 1, 2].map(position).join("");
    const files: Files = Object.fromEntries(
      [0, 1, 2].map((id) => [`p${id}.tif`, { pages: 2, first: 2 * id, xml: ome(uuid(id), all) }]),
    );
    const siblings = siblingsOf(files);
    const source = await open(files, "p1.tif", siblings);
    expect(await pagesOf(source)).toEqual([2, 3]);
    expect(siblings.asked).toEqual([]);
    expect(source.metadata.notes).toEqual([
      expect.stringMatching(/^it is one of 3 files of a set; the result has the planes of this file/),
    ]);
  });

  test("that share a file are read together, and others are not", async () => {
    const two = image(data("a.tif", 0, "", 0) + data("b.tif", 1, 'FirstC="1"', 0), { id: 0, sizes });
    const three = image(data("b.tif", 1, "", 1) + data("c.tif", 2, 'FirstC="1"', 0), { id: 1, sizes });
    const all = two + three + image(data("d.tif", 3, "", 0, 2), { id: 2, sizes });
    const pages = { a: 1, b: 2, c: 1 };
    const files: Files = Object.fromEntries(
      Object.entries(pages).map(([name, count], i) => [
        `${name}.tif`,
        { pages: count, first: [0, 1, 3][i]!, xml: ome(uuid(i), all) },
      ]),
    );
    const source = await open(files, "c.tif");
    expect(source).toMatchObject({ axes: ["T", "C", "Y", "X"], shape: [2, 2, 3, 4] });
    expect(await pagesOf(source)).toEqual([0, 1, 2, 3]);
    expect([...source.metadata.positions!]).toEqual([0, 0, 1, 1]);
    expect(source.metadata.notes?.[0]).toContain("(1 more holds other images)");
  });
});

describe("in a folder", () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const shipped = JSON.parse(readFileSync(new URL("omeSet.json", import.meta.url), "utf8")) as Record<
    string,
    string
  >; // as the script ships it
  const names = Object.keys(shipped);
  for (const [name, text] of Object.entries(shipped)) writeFileSync(at(name), Buffer.from(text, "base64"));
  writeFileSync(at("alone.tif"), handmadeTiff({ width: 4, height: 3, pages: 1, blocks: 3 }));
  const python = pythonWith("tifffile");
  const script = new URL("omeSet.py", import.meta.url);
  const value = (c: number, t: number, z: number, y: number, x: number) =>
    1000 * c + 100 * t + 10 * z + y + x;
  const expected = [0, 1, 2].flatMap((c) =>
    [0, 1].flatMap((t) =>
      [0, 1].flatMap((z) => Array.from({ length: 20 }, (_, i) => value(c, t, z, Math.floor(i / 5), i % 5))),
    ),
  );

  test("a set written by tifffile is one image, and is written as one that tifffile reads", async () => {
    expect(names).toEqual(["set_C0.ome.tif", "set_C1.ome.tif", "set_C2.ome.tif"]);
    const source = await openImageFile(at("set_C1.ome.tif"));
    expect(source).toMatchObject({
      axes: ["C", "T", "Z", "Y", "X"],
      shape: [3, 2, 2, 4, 5],
      metadata: { channels: ["DAPI", "GFP", "mCherry"], calibration: { Z: { step: 0.5 } } },
    });
    expect([...(await source.read()).data]).toEqual(expected);
    const { axes, shape, dtype, metadata } = source;
    const writer = await createImageFile(at("result.tif"), { axes, shape, dtype, metadata });
    for await (const page of readPages(lazyStack(source))) await writer.writePage(page);
    await writer.close();
    await source.close();
    const bytes = readFileSync(at("result.tif"), "utf8");
    const root = checkedOme(/<\?xml.*<\/OME>/s.exec(bytes)![0], 12);
    expect(root.getAttribute("UUID")).not.toMatch(/00000000-0000-4000-8000-00000000000/);
    const [pixels] = childrenOf(childrenOf(root, "Image")[0]!, "Pixels");
    expect(childrenOf(pixels!, "TiffData").flatMap((element) => childrenOf(element, "UUID"))).toEqual([]);
    const again = await openImageFile(at("result.tif"));
    expect(again).toMatchObject({ axes, shape, metadata: { channels: ["DAPI", "GFP", "mCherry"] } });
    expect(again.metadata.notes).toBeUndefined();
    expect([...(await again.read()).data]).toEqual(expected);
    await again.close();
    if (python) {
      const report: unknown = JSON.parse(runPython(python, script, "report", at("result.tif")));
      expect(report).toEqual([{ axes: "CTZYX", shape: [3, 2, 2, 4, 5], pixels: expected }]);
      expect(JSON.parse(runPython(python, script, "report", at("set_C1.ome.tif")))).toEqual(report);
    }
  });

  test("the files of a set are found as one", async () => {
    const found = async (...texts: string[]) =>
      (await expandFiles(texts.map(at))).map(({ file }) => file.slice(folder.length + 1));
    expect(await found("set_*.tif")).toEqual(["set_C0.ome.tif"]);
    expect(await found("set_C2.ome.tif", "alone.tif", "set_C0.ome.tif")).toEqual([
      "set_C2.ome.tif",
      "alone.tif",
    ]);
    expect(await found("set_C2.ome.tif#0-3", "set_C0.ome.tif#0-3", "set_C0.ome.tif#4-7")).toEqual([
      "set_C2.ome.tif#0-3",
      "set_C0.ome.tif#4-7",
    ]);
    // One that says nothing of the others does not stand for them.
    const silent = handmadeTiff({ width: 5, height: 4, pages: 4, blocks: 4 });
    const other = temporaryFolder();
    for (const name of names) writeFileSync(join(other, name), readFileSync(at(name)));
    writeFileSync(join(other, "set_C0.ome.tif"), silent);
    const files = await expandFiles([join(other, "*.tif")]);
    expect(files.map(({ file }) => file)).toEqual([join(other, "set_C1.ome.tif")]);
  });

  test("a description of its own goes with its set", async () => {
    const other = temporaryFolder();
    const put = (name: string, bytes: Uint8Array | string) => writeFileSync(join(other, name), bytes);
    put("a.companion.ome", ome(uuid(9), image(times)));
    for (const [i, name] of ["t0.ome.tif", "t1.ome.tif"].entries()) {
      const xml = ome(uuid(i), `<BinaryOnly MetadataFile="a.companion.ome" UUID="${uuid(9)}"/>`);
      put(name, bytesOf({ pages: 4, first: 4 * i, xml }));
    }
    const files = await expandFiles([join(other, "*")]);
    expect(files.map(({ file }) => file)).toEqual([join(other, "t0.ome.tif")]);
    const source = await openImageFile(join(other, "t0.ome.tif"));
    expect(await pagesOf(source)).toEqual(first(8));
    await source.close();
    const before = await hashFile(join(other, "t1.ome.tif"));
    put("a.companion.ome", `${ome(uuid(9), image(times))}\n`);
    const after = await hashFile(join(other, "t1.ome.tif"));
    expect(after.bytes).toBe(before.bytes + 1);
    expect(after.sha256).not.toBe(before.sha256);
  });

  test("the checksum is that of all files, whichever is named", async () => {
    const [a, b] = [await hashFile(at("set_C0.ome.tif")), await hashFile(at("set_C2.ome.tif"))];
    expect(b.sha256).toBe(a.sha256);
    expect(a.bytes).toBe(names.reduce((sum, name) => sum + readFileSync(at(name)).length, 0));
    const before = readFileSync(at("set_C1.ome.tif"));
    const changed = Buffer.from(before);
    changed[changed.length - 1]! ^= 1;
    writeFileSync(at("set_C1.ome.tif"), changed);
    expect((await hashFile(at("set_C0.ome.tif"))).sha256).not.toBe(a.sha256);
    writeFileSync(at("set_C1.ome.tif"), before);
  });
});
