import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { train } from "@clidim/denoise/node";
import { simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { main } from "../src/main.js";
import { captureTerminal } from "./capture.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  const [scene] = simulateScenes({ size: 72, scenes: 1, frames: 2 });
  await writeImageFile(at("noisy.tif"), scene!.noisy);
  const flat = scene!.noisy[0]!;
  await writeImageFile(at("flat.tif"), [{ ...flat, data: flat.data.map(() => 7) }]);
  // The least network with dropout.
  const overrides = { updates: 1, batch: 1, crop: 64, ngf: 1, ndf: 1, downs: 6 };
  for (const seed of [0, 1]) {
    await train({
      method: methods.trainedNamed("clidim"),
      noisy: [at("noisy.tif")],
      clean: "average",
      preset: "laptop",
      out: at(`model${seed}`),
      overrides,
      seed,
      validation: 0,
    });
  }
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { printed, ...terminal } = captureTerminal();
  const code = await main(["denoise", ...args], terminal);
  return { code, ...printed };
}

describe("--uncertainty", () => {
  test("names the map beside the result, says that it is no error bar without a calibration, and counts passes", async () => {
    const out = at("with-map");
    const args = ["--model", at("model0"), "--out", out, "--uncertainty", "2", at("noisy.tif")];
    const { code, out: printed, err } = await run(...args);
    expect(code, err).toBe(0);
    expect(printed).toBe(
      `${at("noisy.tif")} -> ${join(out, "noisy.tif")} (2 pages; scatter, no error bar: ${join(out, "scatter", "noisy.tif")})\n`,
    );
    expect(err).toMatch(/^pass 6\/6 /m);
    expect(err).toMatch(/Note: the map is the scatter between passes, which is not an error bar/);
    expect(readdirSync(out)).toEqual(["denoised.json", "noisy.tif", "scatter"]);
  });

  test("over several models, whose mean is the result", async () => {
    const models = ["--model", at("model0"), "--model", at("model1")];
    const { code, err } = await run(...models, "--out", at("of-two"), "--uncertainty", "2", at("noisy.tif"));
    expect(code, err).toBe(0);
    expect(err).toMatch(/^pass 4\/4 /m);
    expect(existsSync(at("of-two/scatter/noisy.tif"))).toBe(true);
    const refused = await run(...models, "--out", at("of-three"), "--uncertainty", "3", at("noisy.tif"));
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(
      /^clidim: uncertainty is 3, but of several models each makes one pass; there are 2.*\(--uncertainty\)$/m,
    );
  });

  test("the help says what the map shows, and what not", async () => {
    const { out } = await run("--help");
    expect(out).toMatch(/--uncertainty <n>[\s\S]*--ensemble|--ensemble[\s\S]*--uncertainty <n>/);
    expect(out).toMatch(
      /standard\s+deviation\s+of\s+the\s+error[\s\S]*An\s+error\s+that\s+all\s+make\s+is\s+not\s+in\s+it/,
    );
    const { code, err } = await run("--model", "m", "--out", "o", "--uncertainty", "1", "a.tif");
    expect([code, err]).toEqual([2, expect.stringMatching(/Expected a whole number of at least 2/)]);
  });
});

describe("--dtype", () => {
  test("float32 keeps what rounding would take; other types are refused", async () => {
    const out = at("floats");
    const given = ["--method", "gaussian", "--out", out, at("noisy.tif")];
    expect((await run(...given, "--dtype", "float32")).code).toBe(0);
    expect((await readStack(join(out, "noisy.tif"))).dtype).toBe("float32");
    const again = await run(...given, "--skip-existing");
    expect(again.err).toContain("was made with another pixel type, and stays");
    const { code, err } = await run(...given, "--dtype", "uint8");
    expect(code).toBe(2);
    expect(err).toMatch(/--dtype.*float32/s);
  });
});

describe("--samples", () => {
  test("names the stack beside the result, and counts passes", async () => {
    const overrides = { updates: 1, batch: 1, crop: 16, filters: 2, latents: 1, samples: 2 };
    const model = at("drawing");
    const noisy = [at("noisy.tif")];
    await train({ method: methods.trainedNamed("vae"), noisy, out: model, overrides, validation: 0 });
    const out = at("with-samples");
    const {
      code,
      out: printed,
      err,
    } = await run(...["--model", model, "--out", out, "--samples", "3"], ...noisy);
    expect(code, err).toBe(0);
    expect(printed).toBe(
      `${noisy[0]} -> ${join(out, "noisy.tif")} (2 pages; samples: ${join(out, "samples", "noisy.tif")})\n`,
    );
    expect(err).toMatch(/^pass 8\/8 /m);
    expect(readdirSync(out)).toEqual(["denoised.json", "noisy.tif", "samples"]);
    const more = await run("--model", model, "--out", out, "--skip-existing", "--samples", "5", ...noisy);
    expect([more.code, more.err]).toEqual([
      0,
      expect.stringContaining("noisy.tif was made with another number of samples, and stays; overwrite"),
    ]);
    const same = await run("--model", model, "--out", out, "--skip-existing", "--samples", "3", ...noisy);
    expect(same.err).not.toContain("was made with");
  });

  test.each([
    [
      "--model",
      "model0",
      /^clidim: samples: CLIDiM makes one image of each page, and draws no others; .* \(--samples, --model\)$/m,
    ],
    ["--method", "nlm", /^clidim: non-local means takes no samples, .* \(--samples\)$/m],
  ])("with %s %s is refused in a sentence", async (option, value, sentence) => {
    const by = option === "--model" ? at(value) : value;
    const { code, err } = await run(option, by, "--out", at("none"), "--samples", "2", at("noisy.tif"));
    expect([code, err]).toEqual([2, expect.stringMatching(sentence)]);
    expect(existsSync(at("none"))).toBe(false);
  });
});

test("--ensemble makes eight passes", async () => {
  const { code, err } = await run(
    "--model",
    at("model0"),
    "--out",
    at("turned"),
    "--ensemble",
    at("noisy.tif"),
  );
  expect(code, err).toBe(0);
  expect(err).toMatch(/^pass 16\/16 /m);
});

describe("channels", () => {
  beforeAll(async () => {
    const scenes = simulateScenes({ size: 72, scenes: 2, frames: 2 });
    await writeImageFile(
      at("hyper.tif"),
      [0, 1].flatMap((t) => scenes.map(({ noisy }) => noisy[t]!)),
      { axes: ["T", "C", "Y", "X"], shape: [2, 2, 72, 72], metadata: { channels: ["DAPI", "GFP"] } },
    );
  });

  test("what was chosen, copied and reported is told for each", async () => {
    const args = ["--method", "gaussian", "--channel", "GFP", "--t", "1", "--report"];
    const { code, out, err } = await run(...args, "--out", at("one-channel"), at("hyper.tif"));
    expect(code, err).toBe(0);
    const [, details] = /^[^\n]* \((.*)\)\n$/.exec(out) ?? [];
    expect(details!.split("; ")).toEqual([
      "2 pages",
      "copied as they are: channel DAPI",
      expect.stringMatching(/^channel GFP: Gaussian blur: sigma [\d.]+ pixels, chosen on the image itself$/),
      `report of channel GFP: ${at("one-channel/hyper.c1.report.html")}`,
    ]);
    const both = await run("--model", at("model0"), "--out", at("channels"), at("hyper.tif"));
    expect(both.code, both.err).toBe(0);
    expect(both.err).toMatch(/Note: .*hyper\.tif has 2 channels, 0 \(DAPI\), 1 \(GFP\): the same model/);
  });

  test("a model for each is given by their names", async () => {
    const [first, second] = [`DAPI=${at("model0")}`, `DAPI=${at("model1")}`];
    const args = (...models: string[]) => models.flatMap((model) => ["--model", model]);
    const two = await run(...args(first, second), "--out", at("named"), at("hyper.tif"));
    expect(two.code, two.err).toBe(0);
    expect(two.out).toMatch(/; copied as they are: channel GFP\)$/m);
    expect(two.err).toMatch(/^pass 4\/4 /m);
    const refusal = async (...options: string[]): Promise<string> => {
      const { code, err } = await run(...options, "--out", at("not-made"), at("hyper.tif"));
      expect(code).toBe(2);
      return err;
    };
    expect(await refusal(...args(first, at("model1")))).toMatch(
      /model1 is for no channel, others are; .*\(--model\)$/m,
    );
    expect(await refusal(...args(first), "--channel", "GFP")).toMatch(/leave out the others \(--channel\)$/m);
    expect(await refusal(...args(`Cy5=${at("model0")}`))).toMatch(/got channel Cy5 \(--channel\)$/m);
    expect(existsSync(at("not-made"))).toBe(false);
  });
});

describe("batches", () => {
  const blur = ["--method", "gaussian"];

  test("a file that cannot be used is left out, listed at the end, and gives an exit code of its own", async () => {
    const out = at("some");
    const { code, out: printed, err } = await run(...blur, "--out", out, at("flat.tif"), at("noisy.tif"));
    expect(code).toBe(3);
    expect(printed).toMatch(/^.*noisy\.tif -> .*noisy\.tif \(2 pages; Gaussian blur: .*\)\n$/);
    expect(err).toMatch(/^Left out: .*flat\.tif is constant \(every pixel is 7\)/m);
    expect(err).toMatch(/^1 of 2 files could not be denoised:\n {2}.*flat\.tif is constant.*\n$/m);
    expect(readdirSync(out)).toEqual(["denoised.json", "noisy.tif"]);
  });

  test("patterns that no shell expanded, folders, and all that is below them", async () => {
    for (const name of ["tree/t2.tif", "tree/t10.tif", "tree/below/t2.tif", "tree/[1].tif"]) {
      mkdirSync(dirname(at(name)), { recursive: true });
      copyFileSync(at("noisy.tif"), at(name));
    }
    const denoised = async (...args: string[]): Promise<string[]> => {
      const out = at("found");
      rmSync(out, { recursive: true, force: true });
      const { code, out: printed, err } = await run(...blur, "--out", out, ...args);
      expect(code, err).toBe(0);
      return [...printed.matchAll(/ -> (.*) \(/g)].map(([, path]) =>
        relative(out, path!).replaceAll(sep, "/"),
      );
    };
    expect(await denoised(at("tree/t*.tif#0"))).toEqual(["t2.tif", "t10.tif"]);
    expect(await denoised(at("tree/[1].tif"))).toEqual(["[1].tif"]);
    expect(await denoised(at("tree"))).toEqual(["[1].tif", "t2.tif", "t10.tif"]);
    expect(await denoised(at("tree"), "--recursive")).toEqual([
      "[1].tif",
      "below/t2.tif",
      "t2.tif",
      "t10.tif",
    ]);
    const { code, err } = await run(...blur, "--out", at("found"), at("u*.tif"));
    expect([code, err]).toEqual([2, expect.stringMatching(/u\*\.tif: no file matches this pattern/)]);
    const malformed = "https://example.org:99999/a.zarr";
    const some = [at("u*.tif"), malformed, at("noisy.tif")];
    const kept = await run(...blur, "--out", at("found-some"), ...some, "--keep-going");
    expect([kept.code, kept.err]).toEqual([
      3,
      expect.stringMatching(
        /could not be denoised:\n {2}.*u\*\.tif: no file matches this pattern.*\n.*99999\/a\.zarr: is no valid address/,
      ),
    ]);
  });

  test("results of an earlier call below the folder that is searched are left out, and told of", async () => {
    mkdirSync(at("experiment"));
    copyFileSync(at("noisy.tif"), at("experiment/one.tif"));
    expect((await run(...blur, "--out", at("experiment/first"), at("experiment"))).code).toBe(0);
    const second = await run(...blur, "--out", at("second"), "--recursive", at("experiment"));
    expect(second).toMatchObject({ code: 0, out: expect.stringMatching(/^[^\n]*one\.tif[^\n]*\n$/) });
    expect(second.err).toContain(
      `Note: 1 file in ${at("experiment/first")} is a result of clidim denoise, left out; name it to denoise it all the same\n`,
    );
  });

  test("pictures of trainings and demos below the folder that is searched are no images to denoise, and told of", async () => {
    for (const name of ["work/run", "work/demo", "work/data"]) mkdirSync(at(name), { recursive: true });
    for (const name of ["manifest.json", "model.safetensors", "preview.png"]) {
      copyFileSync(at(`model0/${name}`), at(`work/run/${name}`));
    }
    writeFileSync(at("work/demo/clidim-demo.json"), "{}");
    copyFileSync(at("model0/preview.png"), at("work/demo/before-after.png"));
    // Of somebody else's manifest nothing is known.
    writeFileSync(at("work/data/manifest.json"), "{}");
    copyFileSync(at("noisy.tif"), at("work/data/preview.tif"));
    const { code, out, err } = await run(...blur, "--out", at("of-work"), "--recursive", at("work"));
    expect(code, err).toBe(0);
    expect(out).toMatch(/^[^\n]*preview\.tif[^\n]*\n$/);
    for (const [name, kind] of [
      ["run", "training"],
      ["demo", "demo"],
    ] as const) {
      expect(err).toContain(
        `Note: 1 file in ${at(`work/${name}`)} is of a ${kind}, left out; name it to denoise it all the same\n`,
      );
    }
  });

  test("results that are there are refused, left out or replaced", async () => {
    const args = [...blur, "--out", at("twice"), at("noisy.tif")];
    expect((await run(...args)).code).toBe(0);
    const refused = await run(...args);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(
      /^clidim: .*noisy\.tif exists already, and is not replaced; .* \(--skip-existing, --overwrite, --out\)\n$/,
    );
    const skipped = await run(...args, "--skip-existing");
    expect(skipped).toEqual({ code: 0, out: "", err: "1 of 1 were there already.\n" });
    expect((await run(...args, "--overwrite")).code).toBe(0);
    const kept = await run(...args, at("model0/preview.png"), "--keep-going");
    expect(kept.code).toBe(3);
    expect(kept.err).toMatch(/^1 of 2 files could not be denoised:\n {2}.*exists already.*--overwrite/m);
  });
});

test.runIf(process.platform === "linux")("a folder that cannot be made is one sentence", async () => {
  const { code, err } = await run("--model", at("model0"), "--out", "/proc/clidim/out", at("noisy.tif"));
  expect(code).toBe(2);
  expect(err).toMatch(/^clidim: write \/proc\/clidim: /m);
});

describe("--captures", () => {
  test("says along which axis a model of several frames finds them, and what becomes of those that are left over", async () => {
    const [scene] = simulateScenes({ seed: 4, size: 40, scenes: 1, frames: 5 });
    await writeImageFile(at("slices.tif"), scene!.noisy, { axes: ["Z", "Y", "X"] });
    await writeImageFile(at("truth.tif"), [scene!.clean]);
    const { printed, ...terminal } = captureTerminal();
    const sizes = ["--updates", "1", "--batch", "1", "--crop", "32", "--ngf", "1", "--downs", "2"];
    const trained = await main(
      [
        ...["train", "--noisy", at("slices.tif"), "--clean", at("truth.tif"), "--captures", "z"],
        ...["--frames", "2", "--validation", "0", "--out", at("pairs"), ...sizes],
      ],
      terminal,
    );
    expect(trained, printed.err).toBe(0);
    const args = ["--model", at("pairs"), at("slices.tif"), "--out"];
    const refused = await run(...args, at("refused"));
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(
      /sees 2 captures of an image at once, which lie along T, but its axes are Z 5.*--captures/s,
    );
    const { code, out, err } = await run(...args, at("of-pairs"), "--captures", "z");
    expect(code, err).toBe(0);
    expect(out).toBe(`${at("slices.tif")} -> ${join(at("of-pairs"), "slices.tif")} (2 pages)\n`);
    expect(err).toMatch(/made of 2 captures along Z; the last of 5 makes no group, and is not used/);
    const wrong = await run(...args, at("refused"), "--captures", "c");
    expect(wrong.code).toBe(2);
    // Of a model of one frame it would mean nothing.
    const one = await run(
      "--model",
      at("model0"),
      at("slices.tif"),
      "--out",
      at("refused"),
      "--captures",
      "z",
    );
    expect(one.code).toBe(2);
    expect(one.err).toMatch(/each page is denoised by itself here; leave it out/);
  });
});
