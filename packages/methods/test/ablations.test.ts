import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ablate, measureNoiseFiles } from "@clidim/denoise/node";
import { parseAblation, parseConfigurationYaml } from "@clidim/denoise/yaml";
import { type Image, noiseMeasurementText, simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { thorough } from "@clidim/testing/thorough";
import { describe, expect, test } from "vitest";
import { methods } from "../src/registry.js";
import { small } from "./small.js";

const folder = temporaryFolder();
const trained = methods.trained.map(({ name }) => name);
const textOf = (name: string): string =>
  readFileSync(new URL(`../../../docs/ablations/${name}`, import.meta.url), "utf8");

/** What a shipped file says of a variant, as far as it is looked at here. */
interface Variant {
  readonly name: string;
  readonly method?: string;
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly data?: readonly string[];
}

/** Milliseconds for a dozen trainings, on a machine that does other things too. */
const PATIENCE = 600_000;

/** Of several variants of a method, the first does for a short run. */
const isTried = (
  { method = "clidim" }: { readonly method?: string | undefined },
  i: number,
  variants: readonly { readonly method?: string | undefined }[],
): boolean => thorough || variants.findIndex((other) => (other.method ?? "clidim") === method) === i;

/** The file with its first data sets alone, with variants of some methods and networks that train in no time, written to be run on simulated images in their places. */
function shrunk(name: string, sets: number, wanted: readonly string[] = trained): string {
  const { values } = parseConfigurationYaml(textOf(name), name);
  const { variants, data, ...rest } = values as { variants: Variant[]; data: { name: string }[] }; // as parseAblation takes it
  const kept = data.slice(0, sets);
  const known = kept.map((set) => set.name);
  const tiny = variants.filter(isTried).map(({ overrides, ...variant }) => {
    const method = variant.method ?? "clidim";
    const { learningRate: _faster, ...own } = overrides ?? {};
    // Crops of 32 pixels are too small for five scales of MS-SSIM.
    const few = method === "clidim" && { weights: { msssim: 0 } };
    return { ...variant, overrides: { ...own, ...small[method], ...few, updates: 3 } };
  });
  const published: unknown[] = [];
  const file = {
    ...{ ...rest, validation: 0.3, baselines: false, seeds: [0], published },
    ...{
      data: kept,
      variants: tiny.filter(
        ({ method = "clidim", data: only }) =>
          wanted.includes(method) && (!only || only.some((set) => known.includes(set))),
      ),
    },
  };
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(file));
  return path;
}

async function write(path: string, pages: readonly Image[]): Promise<void> {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  await writeImageFile(join(folder, path), [...pages]);
}

/** The parts of the rows that have to be filled in: all figures. */
const filled = (rows: readonly (readonly string[])[]): void => {
  for (const [name, ...cells] of rows) {
    if (name === "noisy") continue;
    for (const cell of cells) expect(cell, name).toMatch(/^-?\d/);
  }
};

describe("methods.yaml", () => {
  const file = parseAblation(textOf("methods.yaml"), "methods.yaml");

  test("has every trained method on every set that allows it", () => {
    const { variants } = file;
    expect([...new Set(variants.map(({ method = "clidim" }) => method))].toSorted()).toEqual(
      trained.toSorted(),
    );
    // W2S was captured once.
    for (const { method = "clidim", data } of variants) {
      expect(data, method).toEqual(
        methods.trainedNamed(method).target === "capture" ? ["fmd-nuclei"] : undefined,
      );
    }
    expect(file.baselines).toBe(true);
  });

  test(
    "fills all rows, small and on simulated images",
    async () => {
      const scenes = simulateScenes({ seed: 4, size: 48, scenes: 12, frames: 4 });
      for (const [i, { noisy }] of scenes.entries()) {
        await write(`fmd-confocal-nuclei/fov${String(i + 1).padStart(2, "0")}_noisy.tif`, noisy);
      }
      const clean = scenes.map((scene) => scene.clean);
      await write("fmd-confocal-nuclei/clean_avg50_u8.tif", clean);
      const { tables } = await ablate({
        methods,
        config: shrunk("methods.yaml", 1),
        out: join(folder, "methods"),
      });
      const [{ title, rows }] = tables as [(typeof tables)[number]];
      expect(title).toBe("fmd-nuclei");
      expect(rows.map(([name]) => name)).toEqual([
        "noisy",
        "Gaussian blur *",
        ...file.variants.filter(isTried).map(({ name }) => name),
      ]);
      filled(rows);
    },
    PATIENCE,
  );
});

describe("table2.yaml", () => {
  const file = parseAblation(textOf("table2.yaml"), "table2.yaml");

  test("has every trained method on the paper's sets, with the noise of the calibration frames and the published figures", () => {
    expect([...new Set(file.variants.map(({ method = "clidim" }) => method))].toSorted()).toEqual(
      trained.toSorted(),
    );
    expect(file.data.map(({ name, noise }) => [name, noise])).toEqual(
      ["convallaria", "actin", "nuclei"].map((name) => [name, `${name}/noise.json`]),
    );
    const [table, notebooks] = file.published;
    for (const name of ["clidim", "mid3a", "care", "noise2void", "pn2v"]) {
      expect(Object.keys(table!.psnr[name]!), name).toEqual(["convallaria", "actin", "nuclei"]);
    }
    expect(notebooks!.psnr.pn2v).toEqual({ convallaria: 36.6, actin: 33.81, nuclei: 36.24 });
    expect(table!.notes.join(" ")).toMatch(/mixes protocols.*trained on all parts/);
  });

  test(
    "fills the rows of methods with a noise model, small and on a simulated scene, with the measured noise",
    async () => {
      const probabilistic = trained.filter((name) => methods.trainedNamed(name).takesNoise);
      expect(probabilistic).toContain("pn2v");
      const [scene] = simulateScenes({ seed: 6, size: 96, scenes: 1, frames: 12 });
      const { train } = file.data[0]!;
      await write(train.noisy[0]!, scene!.noisy);
      const measured = await measureNoiseFiles({ files: [join(folder, train.noisy[0]!)], static: true });
      writeFileSync(join(folder, file.data[0]!.noise!), noiseMeasurementText(measured));
      const { tables } = await ablate({
        methods,
        // The other methods are trained by the test above.
        config: shrunk("table2.yaml", 1, probabilistic),
        out: join(folder, "table2"),
      });
      const [{ title, rows }] = tables as [(typeof tables)[number]];
      expect(title).toBe("convallaria");
      expect(rows.map(([name]) => name)).toEqual([
        "noisy",
        "Gaussian blur *",
        ...file.variants
          .filter(isTried)
          .filter(({ method = "clidim" }) => probabilistic.includes(method))
          .map(({ name }) => name),
      ]);
      filled(rows);
      const manifest = readFileSync(
        join(folder, "table2/runs/convallaria/pn2v/all-seed0/manifest.json"),
        "utf8",
      );
      expect(JSON.parse(manifest).configuration.noise).toMatchObject({ from: "frames", mixture: {} });
    },
    PATIENCE,
  );
});
