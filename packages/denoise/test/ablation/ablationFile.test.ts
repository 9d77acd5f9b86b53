import { readFileSync } from "node:fs";
import { clidim } from "@clidim/clidim";
import { InputError } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { describe, expect, test } from "vitest";
import { type AblationFile, parseAblation } from "../../src/ablation/ablationFile.js";
import { ablationGrid } from "../../src/ablation/grid.js";
import { parseConfiguration } from "../../src/configuration/configuration.js";

const least = `
data:
  - name: mine
    train: { noisy: a.tif }
    test: { noisy: [b.tif, "c.tif#0-3"], clean: d.tif }
variants:
  - name: baseline
`;

test("what is left out has defaults, one file is a list of one, all shots are 0", () => {
  expect(parseAblation(`${least}\nshots: [16, all]`, "a.yaml")).toEqual({
    method: "clidim",
    overrides: {},
    validation: 0.1,
    baselines: true,
    metrics: ["psnr", "ssim", "nrmse"],
    data: [
      {
        name: "mine",
        train: { noisy: ["a.tif"], clean: "average" },
        test: { noisy: ["b.tif", "c.tif#0-3"], clean: ["d.tif"], regions: [] },
        peak: "range",
        overrides: {},
        shots: [16, 0],
      },
    ],
    variants: [{ name: "baseline", overrides: {} }],
    seeds: [0],
    published: [],
  });
});

test("variants for some data sets, a noise model, figures from elsewhere", () => {
  const text = `${least.replace("name: mine", "name: mine\n    noise: noise.json")}    data: [mine]
published:
  - source: paper
    psnr: { baseline: { mine: 30.1 } }
`;
  expect(parseAblation(text, "a.yaml")).toMatchObject({
    data: [{ noise: "noise.json" }],
    variants: [{ name: "baseline", data: ["mine"] }],
    published: [{ source: "paper", psnr: { baseline: { mine: 30.1 } }, notes: [] }],
  });
});

test("the planes of a data set", () => {
  const text = least.replace(
    "- name: mine",
    "- name: mine\n    channel: DAPI\n    z: 3\n    t: 0-9\n    captures: [Z]",
  );
  expect(parseAblation(text, "a.yaml").data[0]).toMatchObject({
    channel: "DAPI",
    z: { first: 3, last: 3 },
    t: { first: 0, last: 9 },
    captures: ["Z"],
  });
});

describe("an unknown key or a bad value is named with its place and what is allowed", () => {
  const cases: [text: string, sentence: RegExp][] = [
    [
      "",
      /a\.yaml: data is missing; allowed: a list of data sets; variants is missing; allowed: a list of variants/,
    ],
    ["preset: [laptop", /^a\.yaml:\d+:\d+: not YAML/],
    ["base: &a [1, *a]", /^a\.yaml: not YAML: an alias \(\*\) stands within what it refers to \(&\)$/],
    [
      `${least}\nvariant: 3`,
      /variant is not a key; allowed: method, preset, overrides, validation, baselines, metrics, data, variants, shots, seeds, published/,
    ],
    [
      least.replace("- name: mine", "- name: mine\n    z: 9-3\n    captures: [z]"),
      /data\[0\]\.z is "9-3"; allowed: zero-based indices or ranges, such as 3, 0-9 or 1,4,7; data\[0\]\.captures\[0\] is "z"; allowed: T, C, Z/,
    ],
    [`${least}\nseeds: 3`, /seeds is 3; allowed: a list of whole numbers of at least 0/],
    [`${least}\nseeds: [0, -1]`, /seeds\[1\] is -1; allowed: a whole number of at least 0/],
    [`${least}\nseeds: [0, 1, 0]`, /seeds\[2\] is 0; allowed: each value once/],
    [`${least}\nseeds: []`, /seeds is \[\]; allowed: a list of at least one of whole numbers/],
    [`${least}\nshots: [all, 0]`, /shots\[1\] is 0; allowed: all or a whole number of at least 1/],
    [`${least}\nshots: [few]`, /shots\[0\] is "few"; allowed: all or a whole number of at least 1/],
    [`${least}\nshots: [16, 16]`, /shots\[1\] is 16; allowed: each value once/],
    [`${least}\nvalidation: 1`, /validation is 1; allowed: a fraction from 0 to below 1/],
    [
      `${least}\nmetrics: [psnr, mse]`,
      /metrics\[1\] is "mse"; allowed: psnr, siPsnr, ssim, ssimGaussian, nrmse, time, memory/,
    ],
    [`${least}\nmetrics: [psnr, psnr]`, /metrics\[1\] is "psnr"; allowed: each value once/],
    [`${least}\nbaselines: maybe`, /baselines is "maybe"; allowed: true, false/],
    [
      least.replace("noisy: a.tif", "noise: a.tif"),
      /data\[0\]\.train\.noise is not a key; allowed: noisy, clean, second$/,
    ],
    [
      least.replace("noisy: a.tif", "noisy: []"),
      /data\[0\]\.train\.noisy is \[\]; allowed: a list of at least one of files/,
    ],
    [
      least.replace("clean: d.tif", "clean: 4"),
      /data\[0\]\.test\.clean is 4; allowed: average or a list of files/,
    ],
    [
      least.replace("clean: d.tif", "regions: [middle]"),
      /data\[0\]\.test\.regions\[0\] is "middle"; allowed: left, right/,
    ],
    [
      least.replace("clean: d.tif", "peek: 3"),
      /data\[0\]\.test\.peek is not a key; allowed: noisy, clean, regions/,
    ],
    [
      `${least.replace("name: mine", "name: mine\n    peak: 0")}`,
      /data\[0\]\.peak is 0; allowed: range or a grey value above 0/,
    ],
    [
      least.replace("name: mine", "name: ../mine"),
      /data\[0\]\.name is "\.\.\/mine"; allowed: a name of letters/,
    ],
    [`${least}  - name: Baseline\n`, /variants\[1\]\.name is "Baseline"; allowed: a name that no other has/],
    [`${least}    shots: 3\n`, /variants\[0\]\.shots is not a key; allowed: name, method, preset, overrides/],
    [
      `${least}    overrides: { shots: 3 }\n`,
      /variants\[0\]\.overrides\.shots is 3; allowed: nothing here, as shots is set for the whole grid/,
    ],
    [
      `${least}\noverrides: { preset: laptop, shots: 3 }`,
      /overrides\.preset is "laptop"; allowed: nothing here, as preset stands beside overrides; overrides\.shots is 3; allowed: nothing here, as shots stands beside/,
    ],
    [
      least.replace("name: mine", "name: mine\n    overrides: { shots: 3, preset: mid3a }"),
      /data\[0\]\.overrides\.preset is "mid3a"; allowed: nothing here.*; data\[0\]\.overrides\.shots is 3; allowed: nothing here/,
    ],
    [
      `${least}    overrides: { preset: mid3a }\n`,
      /variants\[0\]\.overrides\.preset is "mid3a"; allowed: nothing here/,
    ],
    [
      least.replace("clean: d.tif", "regions: [left, right, top-left]"),
      /data\[0\]\.test\.regions is \["left","right","top-left"\]; allowed: regions without common pixels, unlike left and top-left/,
    ],
    [
      `${least}    data: [yours]\n`,
      /variants\[0\]\.data\[0\] is "yours"; allowed: a data set of this file \(mine\)/,
    ],
    [
      `${least}    data: []\n`,
      /variants\[0\]\.data is \[\]; allowed: a list of at least one of names of data sets/,
    ],
    [
      `${least}published: [{ source: paper, psnr: { baseline: { yours: 30 } } }]\n`,
      /published\[0\]\.psnr\.baseline\.yours is 30; allowed: a data set of this file \(mine\) as a key/,
    ],
    [
      `${least}published: [{ source: paper, psnr: { baseline: high }, from: 1 }]\n`,
      /published\[0\]\.psnr\.baseline is "high"; allowed: a record of data sets.*; published\[0\]\.from is not a key; allowed: source, psnr, notes/,
    ],
    [`${least}    overrides: [1]\n`, /variants\[0\]\.overrides is \[1\]; allowed: a record/],
  ];
  test.each(cases)("%j", (text, sentence) => {
    expect(() => parseAblation(text, "a.yaml")).toThrow(InputError);
    expect(() => parseAblation(text, "a.yaml")).toThrow(sentence);
  });

  test("several at once", () => {
    expect(() => parseAblation(`${least}\nseeds: 3\nshot: 4`, "a.yaml")).toThrow(
      /seeds is 3.*shot is not a key/,
    );
  });
});

describe("what is shown of a file can be one", () => {
  const shownIn = (path: string, block: RegExp): AblationFile => {
    const text = readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");
    return parseAblation(block.exec(text)![1]!, path);
  };

  test.each([
    ["packages/cli/src/commands/ablate.ts", /A file looks like this.*:\n([\s\S]*?)\n\nExamples:/],
    ["docs/ablation.md", /```yaml\n([\s\S]*?)```/],
  ])("%s", (path, block) => {
    const file = shownIn(path, block);
    const runs = ablationGrid(file, methods);
    expect(file.variants.map(({ name }) => name)).toEqual(["baseline", "cl"]);
    expect(
      new Set(runs.map(({ configuration }) => parseConfiguration(clidim, configuration).contrastive.mode)),
    ).toEqual(new Set(["off", "disc"]));
    expect(file.seeds).toEqual([0, 1, 2]);
    expect(runs).toHaveLength(2 * file.data[0]!.shots.length * 3);
  });
});
