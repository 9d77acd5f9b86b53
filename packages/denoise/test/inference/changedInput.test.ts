import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { castImage, simulateScenes } from "@clidim/imaging";
import { hashFile, writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { changedInput } from "../../src/inference/changedInput.js";

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const zarr = at("cells.ome.zarr");
const set = [0, 1].map((t) => at("set", `t${t}.ome.tif`));

const uuid = (t: number): string => `urn:uuid:00000000-0000-4000-8000-00000000000${t}`;
const description = (own: number): string =>
  `<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="${uuid(own)}">` +
  '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="40" SizeY="40" SizeC="1" SizeZ="1" SizeT="2">' +
  `<Channel ID="Channel:0:0" SamplesPerPixel="1"/>${[0, 1]
    .map((t) => {
      const file = `<UUID FileName="t${t}.ome.tif">${uuid(t)}</UUID>`;
      return `<TiffData FirstT="${t}" IFD="0" PlaneCount="1">${file}</TiffData>`;
    })
    .join("")}</Pixels></Image></OME>`;

beforeAll(async () => {
  mkdirSync(at("set"));
  const [scene] = simulateScenes({ seed: 3, size: 40, scenes: 1, frames: 2 });
  const pages = scene!.noisy.map((page) => castImage(page, "uint16"));
  await writeImageFile(zarr, pages, { axes: ["Z", "Y", "X"], shape: [2, 40, 40] });
  for (const [t, path] of set.entries()) {
    await writeImageFile(path, [pages[t]!], { metadata: { text: description(t) } });
  }
});

/** What is recorded of an input whose result is begun now. */
async function recordOf(path: string): Promise<{ readonly input: object; readonly date: string }> {
  const { bytes, sha256 } = await hashFile(path);
  await setTimeout(20);
  return { input: { bytes, sha256 }, date: new Date().toISOString() };
}

/** A file with the same number of other bytes, written in its place. */
async function rewrite(path: string): Promise<void> {
  await setTimeout(20);
  writeFileSync(
    path,
    readFileSync(path).map((byte) => byte ^ 1),
  );
}

const content = "another content of the input";

describe("of an image of several files", () => {
  test("a Zarr whose chunks were written anew in their places has changed, one that was looked at has not", async () => {
    const path = at("chunks.ome.zarr");
    cpSync(zarr, path, { recursive: true });
    const record = await recordOf(path);
    expect(await changedInput(record, path)).toBeUndefined();
    const chunk = readdirSync(path, { recursive: true, encoding: "utf8" })
      .filter((name) => !/\.z|json/.test(name))
      .map((name) => join(path, name))
      .find((file) => statSync(file).isFile())!;
    // The same content again is the same input.
    await setTimeout(20);
    writeFileSync(chunk, readFileSync(chunk));
    let hashed = 0;
    expect(await changedInput(record, path, () => hashed++)).toBeUndefined();
    expect(hashed).toBe(1);
    await rewrite(chunk);
    expect(await changedInput(record, path)).toBe(content);
  });

  test("a set of OME-TIFFs has changed where any of its files has, and no sooner", async () => {
    const record = await recordOf(set[0]!);
    expect(record.input).toMatchObject({ bytes: statSync(set[0]!).size + statSync(set[1]!).size });
    expect(await changedInput(record, set[0]!)).toBeUndefined();
    // Of the other file a byte of its pixels, of which nobody is told but by its times.
    await setTimeout(20);
    const bytes = readFileSync(set[1]!);
    writeFileSync(set[1]!, bytes.with(20, bytes[20]! ^ 1));
    expect(await changedInput(record, set[0]!)).toBe(content);
    writeFileSync(set[1]!, bytes);
    expect(await changedInput(record, set[0]!)).toBeUndefined();
  });

  test("one too large for a checksum has changed at the time of the file that was written last", async () => {
    const path = at("large.ome.zarr");
    cpSync(zarr, path, { recursive: true });
    const modified = statSync(path).mtime.toISOString();
    await setTimeout(20);
    const record = { input: { modified }, date: new Date().toISOString() };
    expect(await changedInput(record, path)).toBeUndefined();
    const document = join(path, ".zattrs");
    const later = new Date(Date.now() + 60_000);
    utimesSync(document, later, later);
    expect(statSync(path).mtime.toISOString()).toBe(modified);
    expect(await changedInput(record, path)).toBe("an input that was changed at another time");
  });
});
