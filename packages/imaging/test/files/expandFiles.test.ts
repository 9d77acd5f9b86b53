import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { type ExpandOptions, expandFiles, type FoundFile } from "../../src/files/expandFiles.js";
import { parseFileSpec } from "../../src/files/parseFileSpec.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, ...name.split("/"));
const write = (...names: string[]): void => {
  for (const name of names) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), "");
  }
};
write("t10.tif", "t2.tif", "T3.TIF", ".hidden.tif", "t1.tif", "notes.txt");
write(
  "day1/a.tif",
  "day1/deep/a.tif",
  "day2/a.tif",
  "day2/b.png",
  "day[1]/a.tif",
  "day[1]/c.tif",
  "w#9.tif",
  "x(1).tif",
);
write("out/t1.tif", "out/day1/a.tif");
mkdirSync(at("empty"));
symlinkSync(folder, at("day2/circle"));

/** Without the folder's name, "/" between names. */
const found = async (
  texts: string[],
  options: ExpandOptions = {},
): Promise<[file: string, folder: string][]> =>
  (await expandFiles(texts.map(at), options)).map(({ file, folder: below }: FoundFile) => [
    file.slice(folder.length + 1).replaceAll(sep, "/"),
    below.replaceAll(sep, "/"),
  ]);
const files = async (texts: string[], options?: ExpandOptions): Promise<string[]> =>
  (await found(texts, options)).map(([file]) => file);

describe("patterns", () => {
  test("in natural order, hidden files and folders left out; behind one a page range", async () => {
    expect(await files(["t*.tif"])).toEqual(["t1.tif", "t2.tif", "t10.tif"]);
    expect(await files(["t*.tif#0-3"])).toEqual(["t1.tif#0-3", "t2.tif#0-3", "t10.tif#0-3"]);
    expect(await files(["t?.tif", "{t10,x*}.tif", "[tT]3.*"])).toEqual([
      "t1.tif",
      "t2.tif",
      "t10.tif",
      "x(1).tif",
      "T3.TIF",
    ]);
    expect(await files(["w*.tif"])).toEqual(["w#9.tif"]);
    expect(await files(["*"])).toContain("notes.txt");
  });

  test("in folders: results mirror what is below the part that is no pattern", async () => {
    expect(await found(["day?/a.tif"])).toEqual([
      ["day1/a.tif", "day1"],
      ["day2/a.tif", "day2"],
    ]);
    expect(await found(["day1/**/*.tif"])).toEqual([
      ["day1/a.tif", ""],
      ["day1/deep/a.tif", "deep"],
    ]);
    expect(await files(["**/c.tif"])).toEqual(["day[1]/c.tif"]);
  });

  test("names that exist win over patterns, in folders too; a file is found once", async () => {
    expect(await files(["day[1]/a.tif", "day[1]/*.tif", "x(1).tif"])).toEqual([
      "day[1]/a.tif",
      "day[1]/c.tif",
      "x(1).tif",
    ]);
    expect(await files(["t*.tif", "./t10.tif", "x(1).tif", "x(1).tif"])).toEqual([
      ...["t1.tif", "t2.tif", "t10.tif"],
      // Named twice: whoever pairs them may mean it.
      ...["x(1).tif", "x(1).tif"],
    ]);
    expect(await files(["t1*.tif", "t*.tif"])).toEqual(["t1.tif", "t10.tif", "t2.tif"]);
  });

  test("are written with backslashes on Windows", async () => {
    const { platform } = process;
    Object.defineProperty(process, "platform", { value: "win32" });
    try {
      const [first] = await expandFiles([`${at("day1")}\\**\\*.tif`]);
      expect(first).toEqual({ file: at("day1/a.tif"), folder: "" });
    } finally {
      Object.defineProperty(process, "platform", { value: platform });
    }
  });

  test("find names whatever way their accents are stored in, as the pattern's own are", async () => {
    const [one, two] = [".accents/nfc/Pr\u00e4.tif", ".accents/nfd/Pra\u0308.tif"];
    write(one, two);
    for (const written of ["Pr\u00e4*.tif", "Pra\u0308*.tif", "Pr?.tif"]) {
      const found = await expandFiles([at(`.accents/nfc/${written}`), at(`.accents/nfd/${written}`)]);
      expect(found.map(({ file }) => file)).toEqual([at(one), at(two)]);
    }
  });

  test("one that matches nothing is refused, or left as it is", async () => {
    await expect(files(["none/*.tif"])).rejects.toThrow(
      /none.\*\.tif: no file matches this pattern, and there is none of this name$/,
    );
    expect(await files(["u*.tif", "t1.tif"], { keepGoing: true })).toEqual(["u*.tif", "t1.tif"]);
  });

  test("what is already in the folder for results is no input, unless it is searched itself", async () => {
    expect(await files(["**/t1.tif"], { out: at("out") })).toEqual(["t1.tif"]);
    expect(await files(["**/t1.tif"])).toEqual(["out/t1.tif", "t1.tif"]);
    expect(await files(["out/*.tif"], { out: at("out") })).toEqual(["out/t1.tif"]);
  });
});

describe("folders", () => {
  test("stand for the images in them, of any case", async () => {
    const all = await files([""]);
    expect(all).toEqual(["t1.tif", "t2.tif", "T3.TIF", "t10.tif", "w#9.tif", "x(1).tif"]);
    expect(await found(["day2#0"])).toEqual([
      ["day2/a.tif#0", ""],
      ["day2/b.png#0", ""],
    ]);
  });

  test("recursive: with all below, mirrored, links in a circle followed once", async () => {
    const options = { recursive: true, out: at("out") };
    expect(await found(["day1"], options)).toEqual([
      ["day1/a.tif", ""],
      ["day1/deep/a.tif", "deep"],
    ]);
    const all = await files([""], options);
    expect(all).toEqual(expect.arrayContaining(["day1/deep/a.tif", "day[1]/c.tif", "t10.tif"]));
    expect(all.filter((name) => name.startsWith("out/") || name.includes("circle"))).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });

  test("without images are refused, and recursive is named", async () => {
    await expect(files(["empty"])).rejects.toThrow(
      /empty holds no images .*; a pattern such as .*\*\*.\*\.tif finds/,
    );
    await expect(files(["empty"], { recursive: false })).rejects.toMatchObject({
      message: expect.stringMatching(
        /empty holds no images \(TIFF \(\.tif, .*folders in it are searched with recursive/,
      ),
      keys: ["recursive"],
    });
    await expect(files(["empty"], { recursive: true })).rejects.toMatchObject({ keys: [] });
  });
});

test("paths of nothing are left as they are, and are no page ranges where no file has the name before the #", async () => {
  expect(await files(["none.tif", "well#9.tif"])).toEqual(["none.tif", "well#9.tif"]);
  expect(parseFileSpec(at("well#9.tif"))).toEqual({ path: at("well#9.tif") });
  expect(parseFileSpec(at("w#9.tif#1"))).toEqual({ path: at("w#9.tif"), range: { first: 1, last: 1 } });
  expect(parseFileSpec("none.tif#2")).toEqual({ path: "none.tif", range: { first: 2, last: 2 } });
  expect(() => parseFileSpec(`${at("t1.tif")}#a`)).toThrow(/expected a page or a page range/);
});

test.skipIf(process.platform === "win32")(
  "pipes and devices are not found; a link to nothing is",
  async () => {
    write("special/a.tif");
    execFileSync("mkfifo", [at("special/pipe.tif")]);
    symlinkSync("/dev/null", at("special/device.tif"));
    symlinkSync(at("special/none"), at("special/lost.tif"));
    const all = ["special/a.tif", "special/lost.tif"];
    expect(await files(["special"])).toEqual(all);
    expect(await files(["special/*.tif"])).toEqual(all);
  },
);

test("folders of results below the one that is searched are left out and told of, where they are told", async () => {
  write("twice/a.tif", "twice/old/done.json", "twice/old/a.tif", "twice/old/deep/b.tif", "twice/z/c.tif");
  const left: [string, number, string][] = [];
  const options: ExpandOptions = {
    resultsIn: (path) => (existsSync(join(path, "done.json")) ? "done" : undefined),
    onLeftOut: (...one) => left.push(one),
  };
  expect(await files(["twice"], { ...options, recursive: true })).toEqual(["twice/a.tif", "twice/z/c.tif"]);
  expect(await files(["twice/**/*.tif"], options)).toEqual(["twice/a.tif", "twice/z/c.tif"]);
  expect(left).toEqual([
    [at("twice/old"), 2, "done"],
    [at("twice/old"), 2, "done"],
  ]);
  expect(await files(["twice/old", "twice/old/*.tif"], options)).toEqual(["twice/old/a.tif"]);
  expect(await files(["twice/**/*.tif"])).toHaveLength(4);
});

test("an empty name is refused", async () => {
  for (const keepGoing of [false, true]) {
    await expect(expandFiles([at("t1.tif"), ""], { keepGoing })).rejects.toThrow(
      /^a file name is empty, expected a file, a pattern or a folder$/,
    );
  }
});
