import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { type Job, jobId } from "../src/plan/job.js";
import { jobLine, readJobs } from "../src/plan/jobsFile.js";
import { planBatch } from "../src/plan/planBatch.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const found = (...files: string[]) => files.map((file) => ({ file, folder: "" }));
const gaussian = { method: "gaussian" };

beforeAll(async () => {
  for (const [i, { noisy }] of simulateScenes({ size: 32, scenes: 2, frames: 3 }).entries()) {
    await writeImageFile(at(`${i}.tif`), noisy);
  }
  writeFileSync(at("broken.tif"), "II*\0garbage");
});

describe("a plan", () => {
  test("has a line for each file, with its result and pixels, and for one that cannot be opened why", async () => {
    const problems: string[] = [];
    const jobs = await planBatch(
      {
        methods,
        files: [{ file: at("0.tif"), folder: "day1" }, ...found(at("broken.tif"), at("1.tif#1"))],
        out: at("out"),
        parameters: { ...gaussian, z: { first: 0, last: 0 } },
      },
      { onProblem: (file) => problems.push(file) },
    );
    expect(jobs).toMatchObject([
      { input: { file: at("0.tif") }, folder: "day1", output: join("day1", "0.tif"), pixels: 3 * 32 * 32 },
      {
        input: { file: at("broken.tif") },
        pixels: 0,
        problem: expect.stringMatching(/broken\.tif/),
      },
      { input: { file: at("1.tif#1") }, out: at("out"), folder: "", output: "1.tif", pixels: 32 * 32 },
    ]);
    expect(jobs[1]).not.toHaveProperty("output");
    expect(jobs[1]!.input).not.toHaveProperty("bytes");
    expect(jobs[0]!.methods).toEqual(["gaussian@1"]);
    expect(problems).toEqual([at("broken.tif")]);
  });

  test("gives page ranges of one file folders of their own", async () => {
    const files = found(at("0.tif#0-1"), at("0.tif#2"));
    const jobs = await planBatch({ methods, files, out: at("out"), parameters: gaussian });
    expect(jobs.map(({ output }) => output)).toEqual([
      join("pages-0-1", "0.tif"),
      join("pages-2-2", "0.tif"),
    ]);
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(2);
  });

  test("has jobs of files that cannot be opened by their paths, and of addresses by these, without what may be secret", async () => {
    mkdirSync(at("beside"), { recursive: true });
    copyFileSync(at("broken.tif"), at("beside/broken.tif"));
    const files = found(at("broken.tif"), at("beside/broken.tif"));
    const broken = await planBatch({ methods, files, out: at("out"), parameters: gaussian });
    const [first, second] = broken.map(({ id }) => id);
    expect(second).not.toBe(first);
    const { id: _, problem: __, ...job } = broken[0]!;
    const idOf = (file: string): string => jobId({ ...job, input: { file } });
    const id = idOf("https://a.org/one/image.zarr");
    expect(idOf("https://a.org/one/image.zarr?key=1")).toBe(id);
    expect(idOf("https://a.org/two/image.zarr")).not.toBe(id);
    expect(idOf("https://b.org/one/image.zarr")).not.toBe(id);
    expect(idOf("https://a.org/one/image.zarr#0-3")).not.toBe(id);
  });

  test("names all methods that a choice is among", async () => {
    const options = { methods, files: found(at("0.tif")), out: at("out") };
    const [job] = await planBatch({ ...options, parameters: { method: "automatic" } });
    expect(job!.methods).toEqual(methods.classical.map(({ name, version }) => `${name}@${version}`));
  });

  test("is the same each time and for any folder; another where the file, its time, or the parameters are others", async () => {
    const noise = at("noise.json");
    const idOf = async (options: { out?: string; parameters?: Job["parameters"] } = {}): Promise<string> => {
      const { out = at("out"), parameters = gaussian } = options;
      const [job] = await planBatch({ methods, files: found(at("same.tif")), out, parameters });
      return job!.id;
    };
    copyFileSync(at("0.tif"), at("same.tif"));
    const id = await idOf();
    expect(await idOf({ out: at("elsewhere") })).toBe(id);
    const replacing = { methods, files: found(at("same.tif")), out: at("out"), overwrite: true };
    expect(await planBatch({ ...replacing, parameters: gaussian })).toMatchObject([{ id, overwrite: true }]);
    expect(await idOf({ parameters: { method: "tv" } })).not.toBe(id);
    expect(await idOf({ parameters: { ...gaussian, report: true } })).not.toBe(id);
    utimesSync(at("same.tif"), new Date(0), new Date(0));
    const touched = await idOf();
    expect(touched).not.toBe(id);
    mkdirSync(at("moved"), { recursive: true });
    renameSync(at("same.tif"), at("moved/same.tif"));
    const files = found(at("moved/same.tif"));
    const [moved] = await planBatch({ methods, files, out: at("out"), parameters: gaussian });
    expect(moved!.id).toBe(touched);
    await expect(
      planBatch({ methods, files, out: at("out"), parameters: { method: "wavelet-wiener", noise } }),
    ).rejects.toThrow(/noise\.json: no such file/);
  });

  test("has another number where any file of an image of several is another, and that of before for a single file", async () => {
    const image = at("cells.ome.zarr");
    const page = { width: 8, height: 8, dtype: "uint8", data: new Uint8Array(64).map((_, i) => i) } as const;
    await writeImageFile(image, [page]);
    const plan = async (file: string): Promise<Job> =>
      (await planBatch({ methods, files: found(file), out: at("out"), parameters: gaussian }))[0]!;
    const before = await plan(image);
    expect((await plan(image)).id).toBe(before.id);
    const [chunk] = readdirSync(image, { recursive: true, withFileTypes: true }).filter(
      (one) => /^\d+$/.test(one.name) && one.isFile(),
    );
    utimesSync(join(chunk!.parentPath, chunk!.name), new Date("2100-01-01"), new Date("2100-01-01"));
    const after = await plan(image);
    expect(after.input).toMatchObject({ bytes: before.input.bytes, modified: "2100-01-01T00:00:00.000Z" });
    expect(after.id).not.toBe(before.id);
    const { size, mtime } = statSync(at("0.tif"));
    expect((await plan(at("0.tif"))).input).toEqual({
      ...{ file: at("0.tif"), bytes: size, modified: mtime.toISOString() },
    });
  });

  test.each([
    ["no files", [], {}, /expected at least one image/],
    ["a file that is not there", ["none.tif"], {}, /none\.tif: no such file or folder/],
    ["a file twice", ["0.tif", "0.tif"], {}, /0\.tif is named twice; name it once/],
    ["a method that is not known", ["0.tif"], { method: "magic" }, /"magic"; allowed: /],
  ] as const)("refuses %s", async (_, names, parameters, message) => {
    const files = found(...names.map(at));
    await expect(
      planBatch({ methods, files, out: at("out"), parameters: { ...gaussian, ...parameters } }),
    ).rejects.toThrow(message);
  });
});

describe("a file of jobs", () => {
  const read = async (...lines: string[]): Promise<Job[]> => {
    writeFileSync(at("jobs.jsonl"), `${lines.join("\n")}\n`);
    return readJobs(at("jobs.jsonl"));
  };
  let job: Job;
  beforeAll(async () => {
    [job] = (await planBatch({
      methods,
      files: found(at("0.tif")),
      out: at("out"),
      parameters: { ...gaussian, channel: ["0"] },
    })) as [Job];
  });

  test("is read as it was written, also with the reasons of dead letters", async () => {
    expect(await read(jobLine(job), "")).toEqual([job]);
    expect(await read(jobLine({ ...job, reason: "it was damaged" }))).toEqual([job]);
    // As > of Windows PowerShell writes it.
    writeFileSync(at("jobs.jsonl"), `\ufeff${jobLine(job)}\r\n`, "utf16le");
    expect(await readJobs(at("jobs.jsonl"))).toEqual([job]);
  });

  test("has nothing that a shell of another encoding makes something else of", () => {
    const { id: _, ...other } = { ...job, input: { file: "/Bilder/Größe µ 日本 😀.tif" } };
    const line = jobLine({ ...other, id: jobId(other) });
    expect(line).toMatch(/^[ -~]+$/);
    expect(JSON.parse(line)).toMatchObject(other);
  });

  test.each([
    ["nothing", () => "", /holds no jobs/],
    [
      "other text",
      () => "hello",
      /line 1 is no JSON, so that this is no list of jobs; expected lines that clidim batch plan has written/,
    ],
    ["the same job twice", () => `${jobLine(job)}\n${jobLine(job)}`, /line 2 is the job of line 1 again/],
    [
      "a result of two jobs",
      () => {
        const { id: _, ...other } = { ...job, parameters: { method: "tv" }, methods: ["tv@1"] };
        return `${jobLine(job)}\n${jobLine({ ...other, id: jobId(other) })}`;
      },
      /line 2 has its result where line 1 has another one, \S*0\.tif; leave out one of both, or plan it/,
    ],
    ["a changed parameter", () => jobLine(job).replace('"0"', '"1"'), /line 1: the job is not the one/],
    ["a key that nobody knows", () => jobLine(job).replace("{", '{"more":1,'), /line 1 is no job/],
    [
      "a method and a model",
      () => jobLine(job).replace('"method"', '"model":["m"],"method"'),
      /expected one of method, model/,
    ],
  ])("is refused: %s", async (_, text, message) => {
    await expect(read(text())).rejects.toThrow(message);
  });
});
