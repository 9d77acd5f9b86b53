import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { convertFile } from "../../src/files/convertFile.js";
import { createImageFile, writeImageFile } from "../../src/files/createImageFile.js";
import { openImageFile } from "../../src/files/openImageFile.js";
import { openImage } from "../../src/formats/openImage.js";
import { blobBytes } from "../../src/formats/randomAccess.js";
import { imageFormats } from "../../src/formats/registry.js";
import { writableAs } from "../../src/formats/writableAs.js";
import type { Image } from "../../src/image/image.js";
import { InputError } from "../../src/image/inputError.js";

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const { PATH, TMPDIR } = process.env;
const czi = at("cells.czi");
const pages = [0, 1].map((page): Image => {
  return {
    width: 3,
    height: 2,
    dtype: "uint8",
    data: Uint8Array.from({ length: 6 }, (_, i) => 10 * page + i),
  };
});

/** Programs that go by the name of a converter, which write down what they were told. */
function pretend(program: string, script: string): void {
  const bin = at("bin");
  mkdirSync(bin, { recursive: true });
  const said = `require("node:fs").appendFileSync(${JSON.stringify(at("told"))}, JSON.stringify(process.argv.slice(2)) + "\\n");`;
  writeFileSync(
    join(bin, program),
    `#!${process.execPath}\n${said}\nconst [output] = process.argv.slice(-1);\n${script}\n`,
  );
  chmodSync(join(bin, program), 0o755);
  process.env.PATH = `${bin}${delimiter}${PATH}`;
}

const told = (): unknown[] => {
  if (!existsSync(at("told"))) return [];
  const lines = readFileSync(at("told"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as unknown);
};
const copies = (what: string): string =>
  `require("node:fs").cpSync(${JSON.stringify(at(what))}, output, { recursive: true });`;

beforeAll(async () => {
  const metadata = {
    calibration: { X: { step: 0.1, unit: "um" }, Y: { step: 0.1, unit: "um" } },
    channels: ["a", "b"],
  };
  const header = { axes: ["C", "Y", "X"] as const, shape: [2, 2, 3], metadata };
  await writeImageFile(at("converted.ome.tif"), pages, header);
  await writeImageFile(at("converted.ome.zarr"), pages, header);
  mkdirSync(at("temporary"));
});
let time = 1e9;
beforeEach(() => {
  writeFileSync(czi, "ZISRAWFILE and more");
  utimesSync(czi, ++time, time); // another file each time
  writeFileSync(at("told"), "");
  process.env.PATH = at("nothing");
  process.env.TMPDIR = at("temporary");
});
afterEach(() => {
  process.env.PATH = PATH;
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
});

describe("without Bio-Formats", () => {
  test("a sentence has the command, whatever the file is called, and in browsers too", async () => {
    const sentence = (file: string, format: string, output: string) =>
      new InputError(
        `${file} is a file of ${format}, which Bio-Formats reads: install its bfconvert, or convert it elsewhere: bfconvert -bigtiff "${file}" "${output}"`,
      );
    await expect(openImageFile(czi)).rejects.toThrow(sentence(czi, "Zeiss CZI", at("cells.ome.tif")));
    const open = (name: string, bytes: string) => openImage(name, blobBytes(new Blob([bytes]), name));
    await expect(open("cells.tif", "ZISRAWFILE")).rejects.toThrow(
      sentence("cells.tif", "Zeiss CZI", "cells.ome.tif"),
    );
    await expect(open("a.nd2", "?")).rejects.toThrow(sentence("a.nd2", "Nikon ND2", "a.ome.tif"));
    await expect(open("a b.ims", "?")).rejects.toThrow(sentence("a b.ims", "Imaris IMS", "a b.ome.tif"));
    await expect(open("a.ICS", "\t\nics_version\t1.0")).rejects.toThrow(
      sentence("a.ICS", "ICS", "a.ome.tif"),
    );
  });

  test("what begins as a TIFF and is none is known by its name; any other TIFF is one", async () => {
    const tiff = readFileSync(at("converted.ome.tif"));
    const open = (name: string) => openImage(name, blobBytes(new Blob([tiff]), name));
    for (const [name, format] of [
      ["slide.scn", "Leica SCN"],
      ["slide.VSI", "Olympus VSI"],
    ] as const) {
      await expect(open(name)).rejects.toThrow(`${name} is a file of ${format}`);
    }
    for (const name of ["a.lsm", "a.czi", "a"]) expect((await open(name)).format).toBe("TIFF");
  });

  test("a result of such a file is a TIFF", () => {
    const converted = imageFormats.filter((format) => !format.folder && format.converted);
    expect(converted.length).toBeGreaterThan(20);
    for (const { name, extensions } of converted) {
      expect(writableAs({ format: name, name: `b/a${extensions[0]}` })).toEqual({
        name: "b/a.tif",
        format: "TIFF",
      });
    }
  });
});

describe.skipIf(process.platform === "win32")("with Bio-Formats, which a program here pretends to be", () => {
  test("bfconvert makes an OME-TIFF, which is read under the name of the file", async () => {
    pretend("bfconvert", copies("converted.ome.tif"));
    const phases: string[] = [];
    const source = await openImageFile(czi, { onPhase: (sentence) => phases.push(sentence) });
    expect(phases).toEqual([`${czi}: converting by bfconvert`]);
    expect(source).toMatchObject({
      ...{ format: "Zeiss CZI", name: czi, axes: ["C", "Y", "X"], shape: [2, 2, 3] },
      metadata: { channels: ["a", "b"], calibration: { X: { step: 0.1, unit: "um" } } },
    });
    expect([...(await source.read({ C: 1 })).data]).toEqual([...pages[1]!.data]);
    // It is looked at, closed, opened again: converted once.
    await source.close();
    const again = await openImageFile(`${czi}#1`);
    expect([...(await again.read()).data]).toEqual([...pages[1]!.data]);
    const [command, ...others] = told();
    expect(others).toEqual([]);
    expect(command).toEqual([
      "-no-upgrade",
      "-bigtiff",
      czi,
      expect.stringMatching(/temporary.*image\.ome\.tif$/),
    ]);
    await again.close();

    // What it is written as is what was converted to.
    const { name, format } = writableAs(again);
    const writer = await createImageFile(name, { ...again, format });
    await writer.writePage(pages[1]!);
    await writer.close();
    expect((await openImageFile(name)).metadata.channels).toEqual(["b"]);
  });

  test("another file takes the place of what was converted before; one in use stays", async () => {
    pretend("bfconvert", copies("converted.ome.tif"));
    const first = await openImageFile(czi);
    writeFileSync(at("other.czi"), "ZISRAWFILE");
    const second = await openImageFile(at("other.czi"));
    expect(readdirSync(at("temporary"))).toHaveLength(2);
    expect([...(await first.read({ C: 0 })).data]).toEqual([...pages[0]!.data]);
    await first.close();
    expect(readdirSync(at("temporary"))).toHaveLength(1);
    await second.close();
    writeFileSync(czi, "ZISRAWFILE, acquired anew");
    await (await openImageFile(czi)).close();
    expect(told()).toHaveLength(3);
    expect(readdirSync(at("temporary"))).toHaveLength(1);
  });

  test("bioformats2raw makes an OME-Zarr, where bfconvert is not there", async () => {
    pretend("bioformats2raw", copies("converted.ome.zarr"));
    process.env.PATH = at("bin2");
    mkdirSync(at("bin2"));
    writeFileSync(at("bin2", "bioformats2raw"), readFileSync(at("bin", "bioformats2raw")), { mode: 0o755 });
    const source = await openImageFile(czi);
    expect(source).toMatchObject({ format: "Zeiss CZI", name: czi, axes: ["C", "Y", "X"] });
    expect([...(await source.read({ C: 1 })).data]).toEqual([...pages[1]!.data]);
    await source.close();
    expect(told()).toEqual([["-r", "1", czi, expect.stringMatching(/image\.ome\.zarr$/)]]);

    utimesSync(czi, ++time, time);
    const several = `${copies("converted.ome.zarr")} require("node:fs").mkdirSync(output + "/1");`;
    writeFileSync(
      at("bin2", "bioformats2raw"),
      `#!${process.execPath}\nconst [output] = process.argv.slice(-1);\n${several}`,
    );
    // This image has a folder of that name by itself.
    await expect(openImageFile(czi)).rejects.toThrow(
      `${czi} has several images; convert it, and give one of them: bioformats2raw "${czi}" "${czi}.zarr"`,
    );
  });

  test("a converter that fails says why, and leaves nothing", async () => {
    const before = readdirSync(at("temporary"));
    const failing: readonly (readonly [string, string])[] = [
      [
        `console.error("picked up options\\nException in thread main loci.formats.FormatException: no such reader\\n\\tat loci");process.exit(1);`,
        "bfconvert ended with exit code 1 (Exception in thread main loci.formats.FormatException: no such reader)",
      ],
      [`console.log("out of luck"); process.exit(3);`, "bfconvert ended with exit code 3 (out of luck)"],
      ["process.exit(2);", "bfconvert ended with exit code 2 (it said nothing)"],
      ["", "bfconvert ended without a result"],
    ];
    for (const [script, reason] of failing) {
      pretend("bfconvert", script);
      await expect(openImageFile(czi)).rejects.toThrow(
        new InputError(`${czi} cannot be converted: ${reason}`),
      );
    }
    pretend("bfconvert", `require("node:fs").writeFileSync(output, "no TIFF");`);
    await expect(openImageFile(czi)).rejects.toThrow(`${czi} is of no format that is read`);
    writeFileSync(at("bin", "bfconvert"), "#!/nowhere/java\n");
    await expect(openImageFile(at("other.czi"))).rejects.toThrow(
      /cannot be converted: bfconvert does not run/,
    );
    expect(readdirSync(at("temporary")).length).toBeLessThanOrEqual(Math.max(1, before.length));
  });

  test("aborting ends the converter", async () => {
    const before = readdirSync(at("temporary"));
    pretend("bfconvert", "setTimeout(() => {}, 600000);");
    const abort = new AbortController();
    const converting = convertFile(czi, {
      signal: abort.signal,
      onPhase: () => setTimeout(() => abort.abort(), 200),
    });
    await expect(converting).rejects.toThrow(/aborted/);
    expect(readdirSync(at("temporary"))).toEqual(before);
  });
});
