import { totalmem } from "node:os";
import process from "node:process";
import { Device } from "@clidim/tensor";
import { expect, test, vi } from "vitest";
import { availableBytes } from "../src/engines/availableBytes.js";
import { localWorkers } from "../src/engines/localWorkers.js";
import type { Job } from "../src/plan/job.js";

const job = (pixels: number): Job => ({
  ...{ format: "clidim-job", formatVersion: 1, id: "0".repeat(64), input: { file: "/a.tif" }, out: "/out" },
  ...{ folder: "", pixels, parameters: { method: "gaussian" }, methods: [], files: [] },
});
const jobs = (count: number, pixels = 1): Job[] => Array.from({ length: count }, () => job(pixels));

test("half of a Mac's memory can be had, however little of it is free", async () => {
  const limit = process.constrainedMemory();
  const group = limit > 0 && limit < Number.MAX_SAFE_INTEGER ? limit : Number.POSITIVE_INFINITY;
  expect(await availableBytes("darwin")).toBe(Math.min(totalmem() / 2, group));
});

test("of GPUs of one name, which cannot be told apart, one process computes", async () => {
  const byModels = jobs(9).map((one) => ({ ...one, parameters: { model: ["model"] } }));
  const machine = { cores: 8, bytes: 1e12 };
  const names = vi.spyOn(Device, "adapters");
  names.mockResolvedValue(["Card", "Card", "llvmpipe"]);
  expect(await localWorkers(byModels, { machine })).toMatchObject({ count: 1, adapters: [undefined] });
  names.mockResolvedValue(["Card", "Card", "Other", "Card", "llvmpipe"]);
  expect(await localWorkers(byModels, { machine })).toMatchObject({ count: 2, adapters: ["0", "2"] });
  vi.restoreAllMocks();
});

test("it is said why there are fewer processes than cores", async () => {
  const machine = { cores: 4, bytes: 1e12 };
  expect(await localWorkers(jobs(9), { machine })).toEqual({ count: 4, adapters: [undefined] });
  expect(await localWorkers(jobs(3), { machine })).toMatchObject({
    count: 3,
    fewer: "there is no more to do",
  });
  const short = { cores: 4, bytes: 2.7e9 };
  expect(await localWorkers(jobs(9, 1.1e7), { machine: short })).toMatchObject({
    count: 2,
    fewer: "of 2.7 GB of memory that can be had, each may take 1.0 GB",
  });
  expect(await localWorkers(jobs(9, 1.1e7), { machine: short, wanted: 3 })).toEqual({
    count: 3,
    adapters: [undefined],
  });
});
