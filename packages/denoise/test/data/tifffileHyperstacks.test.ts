import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Axis, InputError } from "@clidim/imaging";
import { openImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { pythonWith, runPython } from "@clidim/testing/python";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { type PlaneAxis, selectAxes } from "../../src/data/axisSelection.js";
import { openScenes } from "../../src/data/pairing.js";
import { StackFiles } from "../../src/data/stackFiles.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";

const folder = temporaryFolder();
const shipped = new URL("tifffileHyperstacks.json", import.meta.url);
const SIDE = 16;

/** The pixel that the script has written. */
function pixelAt({
  T: t = 0,
  Z: z = 0,
  C: c = 0,
  Y: y = 0,
  X: x = 0,
}: Partial<Record<Axis, number>>): number {
  const scene = (c === 0 ? 40 + 3 * x + 2 * y : 150 - 2 * x - 3 * y) + 9 * z;
  return scene + ((7919 * t + 104_729 * z + 1_299_709 * c + 31 * y * y + 17 * x * y + 5 * x) % 23);
}

/** What is expected of each file: its axes, the names of channels, and along what it is not averaged. */
const expected: Readonly<
  Record<string, { readonly axes: string; readonly names?: readonly string[]; readonly refused?: PlaneAxis }>
> = {
  "ImageJ TZCYX": { axes: "TZCYX", refused: "C" },
  "ImageJ TCYX": { axes: "TCYX", refused: "C" },
  "ImageJ ZYX": { axes: "ZYX", refused: "Z" },
  "ImageJ TYX": { axes: "TYX" },
  "OME TCZYX": { axes: "TCZYX", names: ["DAPI", "GFP"], refused: "C" },
  "OME CTYX": { axes: "CTYX", names: ["DAPI", "GFP"], refused: "C" },
  "tifffile TCYX": { axes: "TCYX", refused: "C" },
};

const python = pythonWith("tifffile");
const sources: (readonly [string, () => string])[] = [
  ["shipped", () => readFileSync(shipped, "utf8")],
  ...(python
    ? [
        [
          "written anew",
          () => {
            const path = join(folder, "anew.json");
            runPython(python, new URL("tifffileHyperstacks.py", import.meta.url), path);
            return readFileSync(path, "utf8");
          },
        ] as const,
      ]
    : []),
];

describe.each(sources)("hyperstacks of tifffile, %s", (source, text) => {
  const files = JSON.parse(text()) as Record<string, string>; // as the script has written it
  const paths = Object.entries(files).map(([name, bytes]) => {
    const path = join(folder, `${source} ${name}.tif`);
    writeFileSync(path, Buffer.from(bytes, "base64"));
    return [name, path] as const;
  });

  test("are all there", () => {
    expect(Object.keys(files)).toEqual(Object.keys(expected));
  });

  describe.each(paths)("%s", (name, path) => {
    const { axes, names, refused } = expected[name]!;

    test("has its axes, and a channel of it the right pixels", async () => {
      const opened = await openImageFile(path);
      expect(opened.axes.join("")).toBe(axes);
      expect(opened.metadata.channels).toEqual(names);
      const selected = selectAxes(opened, {
        ...(axes.includes("C") && { channel: names?.[1] ?? 1 }),
        ...(axes.includes("T") && { t: { first: 1, last: 2 } }),
      });
      const C = axes.includes("C") ? 1 : 0;
      const region = { ...(axes.includes("T") && { T: 1 }), Y: 5, X: [2, 6] } as const;
      const { data, shape } = await selected.read(region);
      const across = Array.from({ length: data.length / 4 }, (_, z) =>
        [2, 3, 4, 5].map((X) => pixelAt({ ...(axes.includes("T") && { T: 2 }), Z: z, C, Y: 5, X })),
      );
      expect([...data], shape.join()).toEqual(across.flat());
      await opened.close();
    });

    test("is averaged along T alone", async () => {
      const stacks = new StackFiles();
      const scenes = openScenes([path], "average", stacks);
      if (refused) {
        await expect(scenes).rejects.toThrow(InputError);
        await expect(
          openScenes([path], "average", stacks, { captures: ["T", "Z", "C"] }),
        ).resolves.toHaveLength(1);
      } else {
        const { data } = await (await scenes)[0]!.clean![0]!.read();
        const mean = [0, 1, 2].reduce((sum, T) => sum + pixelAt({ T, Y: 3, X: 4 }) / 3, 0);
        expect(data[3 * SIDE + 4]).toBeCloseTo(mean, 4);
      }
      await stacks.close();
    });

    test("keeps what is not chosen of it when it is denoised", async () => {
      const out = join(folder, `out of ${source}`);
      const channel = axes.includes("C") ? 1 : 0;
      const method = methods.classicalNamed("gaussian");
      const {
        denoised: [result],
      } = await denoiseFiles({ method, files: [path], out, channel });
      const opened = await openImageFile(result!.output);
      expect(opened.axes.join("")).toBe(axes);
      expect(opened.metadata.channels).toEqual(names);
      const before = await openImageFile(path);
      for (const C of axes.includes("C") ? [0, 1] : [0]) {
        const region = axes.includes("C") ? { C } : {};
        const [now, then] = [await opened.read(region), await before.read(region)];
        expect(now.shape).toEqual(then.shape);
        if (C === channel) expect(now.data).not.toEqual(then.data);
        else expect(now.data).toEqual(then.data);
      }
      await opened.close();
      await before.close();
    });
  });
});
