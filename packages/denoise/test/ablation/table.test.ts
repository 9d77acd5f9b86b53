import { describe, expect, test } from "vitest";
import { resultsCsv } from "../../src/ablation/csv.js";
import { ablationTable, tablesMarkdown } from "../../src/ablation/table.js";
import { dataSet, defaultMetrics, finishedClassical, finishedRun } from "./results.js";

const variants = ["baseline", "cl"].map((name) => ({ name, overrides: {} }));
const classical = [
  finishedClassical("noisy", null, 20),
  finishedClassical("Gaussian blur", "sigma 1.02 pixels", 30),
  finishedClassical("total variation", "strength 0.80 of the noise", 31),
];

describe("a table", () => {
  const data = dataSet("mine", [0, 16]);
  const finished = [
    finishedRun(data, { variant: "baseline", psnr: 29 }),
    finishedRun(data, { variant: "baseline", psnr: 31, seed: 1 }),
    finishedRun(data, { variant: "cl", psnr: 33 }),
    finishedRun(data, { variant: "cl", shots: 16, seed: 1 }),
    finishedRun(dataSet("other", [0]), { variant: "baseline", shots: 16, psnr: 99 }),
  ];
  const { title, header, rows, notes } = ablationTable(
    { variants, seeds: [0, 1], metrics: defaultMetrics, published: [] },
    data,
    finished,
    classical,
  );

  test("has methods down and shots across, means with deviations, what is not done empty", () => {
    expect(title).toBe("mine");
    expect(header).toEqual([
      "",
      ...["all", "16"].flatMap((shots) => ["PSNR", "SSIM", "NRMSE"].map((name) => `${shots}: ${name}`)),
    ]);
    const deviation = Math.SQRT2;
    expect(rows.slice(0, 2).map((row) => row.slice(0, 5))).toEqual([
      ["noisy", "20.00", "0.4000", "0.1000", "20.00"],
      ["Gaussian blur *", "30.00", "0.6000", "0.0316", "30.00"],
    ]);
    expect(rows[3]!.slice(0, 3)).toEqual([
      "baseline",
      `30.00 ± ${deviation.toFixed(2)}`,
      `0.6000 ± ${(deviation / 50).toFixed(4)}`,
    ]);
    expect(rows[3]!.slice(4)).toEqual(["", "", ""]);
    expect(rows[4]).toEqual(["cl", "33.00", "0.6600", "0.0224", "diverged", "", ""]);
    for (const row of rows) expect(row).toHaveLength(header.length);
  });

  test("has the metrics that are asked for, and compares rows by those that are the better the higher", () => {
    const asked = { variants, seeds: [0, 1], metrics: ["siPsnr", "nrmse"], published: [] } as const;
    const table = ablationTable(asked, data, finished, classical);
    expect(table.header).toEqual(["", "all: SI-PSNR", "all: NRMSE", "16: SI-PSNR", "16: NRMSE"]);
    expect(table.rows.map((row) => row.slice(0, 3))).toEqual([
      ["noisy", "21.00", "0.1000"],
      ["Gaussian blur *", "31.00", "0.0316"],
      ["total variation *", "32.00", (10 ** (-31 / 20)).toFixed(4)],
      ["baseline", `31.00 ± ${Math.SQRT2.toFixed(2)}`, expect.stringMatching(/ ± /)],
      ["cl", "34.00", "0.0224"],
    ]);
    expect(table.rows[4]).toEqual(["cl", "34.00", "0.0224", "diverged", ""]);
    const text = table.notes.join("\n");
    expect(text).toContain("SI-PSNR is the PSNR after the gain and offset");
    expect(text).toContain(
      "SI-PSNR against the best classical row, total variation with 32.00: better: cl (all, +2.00)",
    );
    expect(text).not.toMatch(/^(PSNR|SSIM|NRMSE) against/m);
  });

  test("says which update's model was tested, and where the guard has replaced the last one", () => {
    const notesWith = (selection: string, ...updates: number[]): string => {
      const runs = updates.map((count, seed) =>
        finishedRun(data, { variant: "cl", seed, updates: count, psnr: 30, overrides: { selection } }),
      );
      const seeds = [...runs.keys()];
      return ablationTable(
        { variants, seeds, metrics: defaultMetrics, published: [] },
        data,
        runs,
        classical,
      ).notes.join("\n");
    };
    expect(notesWith("last", 80)).toContain("is that of the last update; the test pages");
    expect(notesWith("last", 80, 100)).toContain(
      "is that of the last update, but in 1 run the best one on what was held out, as the last had fallen back; the test pages",
    );
    expect(notesWith("validation", 100)).toContain("is the best one on what was held out");
  });

  test("says what few shots' clean images are", () => {
    const notesWith = (groundTruth: string, shots: number): string => {
      const run = finishedRun(data, { variant: "cl", shots, psnr: 30, overrides: { groundTruth } });
      return ablationTable(
        { variants, seeds: [0], metrics: defaultMetrics, published: [] },
        data,
        [run],
        classical,
      ).notes.join("\n");
    };
    expect(notesWith("all", 16)).toContain("the clean images are still means of all frames");
    expect(notesWith("shots", 16)).toContain("the clean images are means of these shots alone");
    expect(notesWith("leave-one-out", 0)).toMatch(/is the mean of the others that are used, without/);
    for (const truth of ["all", "shots"]) expect(notesWith(truth, 0)).not.toMatch(/clean images? (are|of)/);
  });

  test("says what the figures are, and what beats the best classical row and what does not", () => {
    const text = notes.join("\n");
    expect(text).toMatch(/^Means over 2 test pages\. PSNR in dB, its peak being max - min of the clean page/);
    expect(text).toContain("Mean and standard deviation over 2 seeds.");
    expect(text).toContain("Gaussian blur: sigma 1.02 pixels; total variation: strength 0.80");
    expect(text).toContain("1 run diverged and is left out.");
    expect(text).toMatch(/is that of the last update, but in \d runs the best one on what was held out/);
    expect(text).toContain("Few shots as published: the clean images are still means of all frames.");
    expect(text).toContain(
      "PSNR against the best classical row, total variation with 31.00: better: cl (all, +2.00); not better: baseline (all, -1.00).",
    );
    expect(text).not.toMatch(/paper/);
  });

  test("says so where the model was chosen on the test pages, and names a peak that is not the range", () => {
    const released = finishedRun(data, { variant: "cl", psnr: 3, overrides: { selection: "as-released" } });
    const table = ablationTable(
      { variants, seeds: [0], metrics: defaultMetrics, published: [] },
      { ...data, peak: 255 },
      [released],
      [],
    );
    expect(table.notes.join("\n")).not.toMatch(/held out/);
    // The run belongs to the data set with the other peak.
    expect(table.rows).toEqual([
      ["baseline", "", "", "", "", "", ""],
      ["cl", "", "", "", "", "", ""],
    ]);
    const notes = ablationTable(
      { variants, seeds: [0], metrics: defaultMetrics, published: [] },
      data,
      [released],
      classical,
    ).notes.join("\n");
    expect(notes).toContain("the best one on the test pages themselves: these figures are too high");
    const peak = ablationTable(
      { variants, seeds: [0], metrics: defaultMetrics, published: [] },
      { ...data, peak: 255 },
      [],
      classical,
    ).notes[0];
    expect(peak).toContain("its peak being 255 grey values");
  });

  test("as Markdown has a line per row and keeps the asterisks", () => {
    const lines = tablesMarkdown([{ title, header, rows, notes }]).split("\n");
    expect(lines[0]).toBe("## mine");
    expect(lines[2]).toMatch(/^\| {2}\| all: PSNR \| .* \|$/);
    expect(lines.filter((line) => line.startsWith("| "))).toHaveLength(1 + rows.length);
    expect(lines.find((line) => line.startsWith("| Gaussian"))).toMatch(/^\| Gaussian blur \\\* \| 30\.00/);
    for (const line of lines.filter((text) => text.startsWith("|")))
      expect(line.split("|")).toHaveLength(header.length + 2);
  });

  test("as CSV has a row per run with all metrics, and quotes what needs it", () => {
    const csv = resultsCsv(finished, new Map([["mine", classical]]));
    const [head, ...lines] = csv.trimEnd().split("\n");
    expect(lines).toHaveLength(classical.length + finished.length);
    expect(lines[3]).toContain('"adapter, with a comma"');
    const cells = lines[3]!.replace('"adapter, with a comma"', "adapter").split(",");
    expect(cells).toHaveLength(head!.split(",").length);
    const cell = (name: string) => cells[head!.split(",").indexOf(name)];
    expect([cell("method"), cell("shots"), cell("psnr"), cell("psnrAsReleased"), cell("keptUpdate")]).toEqual(
      ["baseline", "all", "29", "32", "80"],
    );
    expect(lines[6]).toContain(",it diverged,");
    expect(head).toMatch(/,adapter,testSeconds,grownMegabytes,deviceMegabytes$/);
    const cost = { testSeconds: 2.44, processBytes: 512e6, grownBytes: 4e6, deviceBytes: 7e6 };
    const [of, blur] = [finished[0]!, classical[1]!];
    const measured = resultsCsv(
      [{ ...of, result: { ...of.result, cost } }],
      new Map([["mine", [{ ...blur, result: { ...blur.result, cost: { ...cost, deviceBytes: null } } }]]]),
    ).split("\n");
    expect(measured[1]).toMatch(/,sigma 1.02 pixels,{9}2.4,4,$/);
    expect(measured[2]).toMatch(/,2.4,4,7$/);
    expect(lines[3]).toMatch(/,,,$/);
  });
});

describe("figures from elsewhere", () => {
  const variants = ["baseline", "cl"].map((name) => ({ name, overrides: {} }));
  const published = [
    {
      source: "paper",
      psnr: { cl: { mine: 33.456, other: 1 }, "Gaussian blur": { mine: 30 }, theirs: { mine: 41.04 } },
      notes: ["Its metric is another."],
    },
    { source: "elsewhere", psnr: { cl: { other: 2 } }, notes: ["Not of these."] },
  ];
  const tableOf = (name: string) =>
    ablationTable(
      { variants, seeds: [0], metrics: defaultMetrics, published },
      dataSet(name, [0]),
      [],
      [finishedClassical("noisy", null, 20), finishedClassical("Gaussian blur", "sigma 1", 30)],
    );

  test("stand at the row of their name, else in a row of their own, with what is said of them", () => {
    const { header, rows, notes } = tableOf("mine");
    expect(header.slice(4)).toEqual(["paper: PSNR"]);
    expect(rows.map((row) => [row[0], row[4]])).toEqual([
      ["noisy", ""],
      ["Gaussian blur *", "30.00"],
      ["baseline", ""],
      ["cl", "33.46"],
      ["theirs", "41.04"],
    ]);
    expect(notes).toContain("Its metric is another.");
    expect(notes).not.toContain("Not of these.");
  });

  test("have a column per source, and none on other data sets", () => {
    expect(tableOf("other").header.slice(4)).toEqual(["paper: PSNR", "elsewhere: PSNR"]);
    expect(tableOf("constructor").rows.every((row) => row.length === 4)).toBe(true);
  });
});

test("variants stand in the tables of the data sets that they are for", () => {
  const some = [
    { name: "everywhere", overrides: {} },
    { name: "elsewhere", overrides: {}, data: ["other"] },
  ];
  const rowsOn = (name: string) =>
    ablationTable(
      { variants: some, seeds: [0], metrics: defaultMetrics, published: [] },
      dataSet(name, [0]),
      [],
      [],
    ).rows.map(([row]) => row);
  expect(rowsOn("mine")).toEqual(["everywhere"]);
  expect(rowsOn("other")).toEqual(["everywhere", "elsewhere"]);
});

test("time and memory are columns where they are asked for, of results that have them", () => {
  const data = dataSet("mine", [0]);
  const cost = { testSeconds: 2.4, processBytes: 900e6, grownBytes: 512e6, deviceBytes: null };
  const run = finishedRun(data, { variant: "cl", psnr: 33, seconds: 100 });
  // It was stopped in between.
  const early = finishedRun(data, { variant: "baseline", psnr: 30, seconds: 50 });
  const blur = finishedClassical("Gaussian blur", "sigma 1", 30);
  const { header, rows, notes } = ablationTable(
    { variants, seeds: [0], metrics: ["psnr", "time", "memory"], published: [] },
    data,
    [
      { ...run, result: { ...run.result, cost: { ...cost, deviceBytes: 7e6 } } },
      { ...early, result: { ...early.result, cost: { testSeconds: 5 } } },
    ],
    [{ ...blur, result: { ...blur.result, cost } }],
  );
  expect(header).toEqual(["", "all: PSNR", "all: time (s)", "all: memory (MB)"]);
  expect(rows).toEqual([
    ["Gaussian blur *", "30.00", "2", "512"],
    ["baseline", "30.00", "55", ""],
    ["cl", "33.00", "102", "7"],
  ]);
  expect(notes.join(" ")).toMatch(/Time is that of training .* Memory is the most that lived on the device/);
});
