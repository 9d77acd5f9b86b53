import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { main } from "../src/main.js";
import { captureTerminal, interruptAt } from "./capture.js";
import { run } from "./run.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const noisy = [0, 1, 2].map((i) => at(`noisy${i}.tif`));
const small = ["--updates", "2", "--batch", "2", "--crop", "32", "--ngf", "2", "--ndf", "2", "--downs", "2"];

beforeAll(async () => {
  const simulated = simulateScenes({ size: 64, scenes: 3, frames: 4 });
  for (const [i, path] of noisy.entries()) await writeImageFile(path, simulated[i]!.noisy);
  await writeImageFile(
    at("clean.tif"),
    simulated.map(({ clean }) => clean),
  );
});

interface Manifest {
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly data: {
    readonly clean: unknown;
    readonly split: { readonly training: readonly { readonly pages: number }[] };
  };
}

describe("train", () => {
  const train = (out: string, ...more: string[]) =>
    run("train", "--noisy", ...noisy, "--out", at(out), ...small, ...more);
  const manifestOf = (out: string): Manifest => JSON.parse(readFileSync(at(`${out}/manifest.json`), "utf8"));
  const pagesOf = ({ data }: Manifest): number =>
    data.split.training.reduce((sum, { pages }) => sum + pages, 0);

  test("without --clean averages, and --shots and --ground-truth say of what", async () => {
    const { code, err } = await train("shots", "--shots", "6", "--ground-truth", "leave-one-out");
    expect(code, err).toBe(0);
    expect(err).toContain("Note: ground truth: the mean of the other pages of the noisy file that are used");
    const manifest = manifestOf("shots");
    expect(manifest.data.clean).toBe("average");
    expect(manifest.configuration).toMatchObject({ shots: 6, groundTruth: "leave-one-out" });
    // Two of the six are held out, those of one scene.
    expect(pagesOf(manifest)).toBe(4);
  });

  test("--selection as-released takes a test set; keys go by their own names as well", async () => {
    const tested = [
      "--test-noisy",
      noisy[2]!,
      "--test-clean",
      `${at("clean.tif")}#2`,
      "--test-regions",
      "left",
    ];
    const { code, out, err } = await train(
      "released",
      "--clean",
      at("clean.tif"),
      "--selection",
      "as-released",
      "--groundTruth",
      "all",
      "--regions",
      "right",
      ...tested,
    );
    expect(code, err).toBe(0);
    expect(err).toContain("Note: the model is chosen on the test set");
    expect(out).toMatch(/^On the test set: \d+\.\d+ dB, SSIM \S+ after update 2 \(noisy [^;]*\)$/m);
    expect(manifestOf("released").configuration).toMatchObject({
      selection: "as-released",
      regions: ["right"],
    });
    expect(manifestOf("released").data).toMatchObject({
      split: { kind: "test", validation: Array.from({ length: 4 }, () => expect.stringContaining("(left)")) },
      test: { regions: ["left"] },
    });
  });

  test.each([
    [["--shots", "40"], /^clidim: shots is 40, but there are only \d+ noisy pages to choose from$/m],
    [
      ["--ground-truth", "some"],
      /^clidim: configuration: groundTruth is "some"; allowed: all, shots, leave-one-out$/m,
    ],
    [
      ["--clean", at("clean.tif"), "--ground-truth", "shots"],
      /^clidim: groundTruth shots makes the clean images from the noisy pages, but .*noisy0\.tif comes with clean images; leave these out/m,
    ],
    [
      ["--preset", "as-released"],
      /^clidim: .*selection as-released keeps the model that is best on the test set; name the test set/m,
    ],
    [
      ["--selection", "as-released"],
      /name the test set, or choose selection validation or last \(--test-noisy, --test-clean, --selection\)$/m,
    ],
    [["--test-noisy", noisy[0]!], /a test set is named, but selection last does not look at one/],
    [
      ["--test-clean", at("clean.tif")],
      /^clidim: --test-clean: there is no test set; name its noisy images too/m,
    ],
    [["--test-regions", "left"], /^clidim: --test-regions: there is no test set/m],
    [
      ["--selection", "as-released", "--test-noisy", noisy[0]!, "--test-regions", "left,top"],
      /^clidim: test regions: expected parts that do not overlap, unlike left and top.*\(--test-regions\)$/m,
    ],
    [["--test-noisy", noisy[0]!, "--test-regions", "middle"], /Expected a list of left, right, top, bottom/],
    [
      ["--regions", "left,top"],
      /regions is \["left","top"\]; allowed: parts that do not overlap, unlike left and top/,
    ],
    [
      ["--split", "regions"],
      /split regions: 0\.1 of .*noisy0\.tif \(64 x 64 pixels\) is a strip of 6 pixels/,
    ],
  ])("%j is refused in a line", async (more, sentence) => {
    const { code, out, err } = await train("refused", ...more);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    expect(err).toMatch(sentence);
    expect(existsSync(at("refused"))).toBe(false);
  });

  test("--help lists them", async () => {
    const { out } = await run("train", "--help");
    for (const flag of [
      "--shots",
      "--groundTruth, --ground-truth",
      "--regions",
      "--split",
      "--selection",
      "--test-noisy",
    ])
      expect(out).toMatch(new RegExp(`^ {2}${flag} `, "m"));
    expect(out).not.toMatch(/--weights\.l1 </);
  });
});

describe("ablate", () => {
  const config = at("ablation.yaml");
  beforeAll(() => {
    writeFileSync(
      config,
      `
overrides: { updates: 2, batch: 2, crop: 32, ngf: 2, ndf: 2, downs: 2 }
baselines: false
data:
  - name: simulated
    train: { noisy: [noisy0.tif, noisy1.tif] }
    test: { noisy: noisy2.tif, clean: clean.tif#2 }
variants:
  - name: l1
    overrides: { weights: { gan: 0, ssim: 0, tv: 0 } }
shots: [all, 4]
`,
    );
  });

  test("prints the runs, the table and where the results are; the second time nothing is left to do", async () => {
    const first = await run("ablate", "--config", config, "--out", at("ablation"));
    expect(first.code, first.err).toBe(0);
    expect(first.err).toMatch(
      /Run 1 of 2: simulated l1, all pages, seed 0[\s\S]*Run 2 of 2: simulated l1, 4 shots, seed 0/,
    );
    expect(first.err).toMatch(
      /^simulated l1, 4 shots, seed 0: \d+\.\d\d dB, SSIM 0\.\d{4} on the test pages$/m,
    );
    expect(first.out).toMatch(/^simulated\n +all: PSNR +all: SSIM +all: NRMSE +4: PSNR/);
    expect(first.out).toMatch(/^l1( +\d+\.\d+){6}$/m);
    expect(first.out).toMatch(/^noisy( +\d+\.\d+){6}$/m);
    expect(first.out).not.toMatch(/^non-local means/m);
    expect(first.out).toContain(`Report: ${at("ablation")}/report.html`);

    const second = await run("ablate", "--config", config, "--out", at("ablation"), "--data", folder);
    expect(second.err).toContain("2 of 2 runs are done already");
    expect(second.err).not.toMatch(/^Run /m);
    expect(second.out).toBe(first.out);

    writeFileSync(config, readFileSync(config, "utf8").replace("updates: 2", "updates: 3"));
    const changed = await run("ablate", "--config", config, "--out", at("ablation"));
    expect(changed.code).toBe(2);
    expect(changed.err).toMatch(
      /was made from other settings than the ablation file has now; give another folder.*\(--out\)/,
    );
  });

  test("Ctrl-C during a classical method ends with 130; the same command goes on with it", async () => {
    const whole = at("whole.yaml");
    writeFileSync(
      whole,
      readFileSync(config, "utf8").replace("baselines: false", "").replace("[all, 4]", "[all]"),
    );
    const args = ["ablate", "--config", whole, "--out", at("interrupted")];
    const { printed, ...terminal } = captureTerminal(false, interruptAt("non-local means on 4 test pages"));
    expect(await main(args, terminal), printed.err).toBe(130);
    expect(printed.err).toContain("Stopping: saving the run; the same command goes on");
    expect(existsSync(at("interrupted/classical/simulated/noisy/result.json"))).toBe(true);
    expect(existsSync(at("interrupted/classical/simulated/nlm"))).toBe(false);

    const { code, out, err } = await run(...args);
    expect(code, err).toBe(0);
    expect(err).not.toMatch(/^Run /m);
    expect(out).toMatch(/^total variation \*( +\d+\.\d+){3}$/m);
  });

  test("refuses a file that is not there or cannot be, images that are not there, and a folder with something else", async () => {
    const ablation = async (file: string, text?: string, out = "nowhere"): Promise<string> => {
      if (text !== undefined) writeFileSync(at(file), text);
      const { code, err } = await run("ablate", "--config", at(file), "--out", at(out));
      expect(code).toBe(2);
      expect(err.trimEnd().split("\n")).toHaveLength(1);
      expect(existsSync(at("nowhere"))).toBe(false);
      return err;
    };
    expect(await ablation("none.yaml")).toMatch(/read .*none\.yaml: no such file or folder/);
    expect(await ablation("bad.yaml", "seeds: 3\n")).toMatch(/bad\.yaml: .*seeds is 3; allowed: a list of/);
    const whole = readFileSync(config, "utf8");
    expect(await ablation("images.yaml", whole.replace("noisy2.tif", "noisy9.tif"))).toMatch(
      /read .*noisy9\.tif: no such file or folder/,
    );
    expect(await ablation("keys.yaml", whole.replace("gan: 0", "gam: 0"))).toMatch(
      /simulated, l1: configuration: weights\.gam is not a key/,
    );
    expect(await ablation("fine.yaml", whole, ".")).toMatch(/holds something that is no ablation/);
    expect((await run("ablate", "--out", at("nowhere"))).err).toMatch(/required option '--config <file>'/);
  });
});
