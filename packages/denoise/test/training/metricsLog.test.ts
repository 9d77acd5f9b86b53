import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { MetricsLog } from "../../src/training/metricsLog.js";

const path = join(temporaryFolder(), "metrics.jsonl");
const line = (update: number, psnr?: number) => ({
  update,
  seconds: update / 2,
  losses: { l1: 1 / update },
  ...(psnr !== undefined && { validation: { psnr, ssim: 0.5 } }),
});

test("the file is whole after every write, and a resumed log ends where the checkpoint was made", async () => {
  const log = new MetricsLog(path);
  log.add(line(1));
  log.add(line(2, 30));
  await log.write();
  log.add(line(3, 31));
  log.add(line(4, 29));
  await log.write();
  expect(log.validation()).toEqual({
    best: { update: 3, psnr: 31, ssim: 0.5 },
    last: { update: 4, psnr: 29, ssim: 0.5 },
  });
  const resumed = await MetricsLog.resume(path, 2);
  expect(resumed.validation().best).toEqual({ update: 2, psnr: 30, ssim: 0.5 });
  resumed.add(line(3));
  await resumed.write();
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(lines.map((text) => JSON.parse(text))).toEqual([line(1), line(2, 30), line(3)]);
});

test("the line of a later model stays until the run comes there again", async () => {
  const log = new MetricsLog(path);
  for (const each of [line(1), line(2, 30), line(3, 29), line(4, 31)]) log.add(each);
  await log.write();
  const written = (): unknown[] =>
    readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .map((text) => JSON.parse(text).update);
  for (let session = 0; session < 2; session++) {
    const resumed = await MetricsLog.resume(path, 2);
    expect(resumed.figuresAhead(1)).toBeUndefined();
    expect(resumed.figuresAhead(4)).toEqual({ update: 4, psnr: 31, ssim: 0.5 });
    expect(resumed.validation().best).toEqual({ update: 2, psnr: 30, ssim: 0.5 });
    await resumed.write();
    expect(written()).toEqual([1, 2, 4]);
    if (session === 0) continue;
    resumed.add(line(4, 31));
    await resumed.write();
    expect(written()).toEqual([1, 2, 4]);
  }
});

test("a damaged file is named with the line", async () => {
  writeFileSync(path, `${JSON.stringify(line(1))}\n{"update": 2, "sec`);
  await expect(MetricsLog.resume(path, 2)).rejects.toThrow(/metrics\.jsonl is damaged: line 2/);
  for (const bad of [
    { ...line(2), validation: { psnr: "30", ssim: 0.5 } },
    { ...line(2), validation: { psnr: 30, ssim: 7 } },
    { ...line(2), update: -1 },
    { ...line(2), losses: null },
    { ...line(2), seconds: "1" },
  ]) {
    writeFileSync(path, `${JSON.stringify(line(1))}\n${JSON.stringify(bad)}\n`);
    await expect(MetricsLog.resume(path, 2)).rejects.toThrow(
      /metrics\.jsonl is damaged: line 2 is not a line of training metrics/,
    );
  }
  writeFileSync(
    path,
    `${JSON.stringify(line(1, 30))}\n${JSON.stringify({ ...line(2), validation: { loss: 1 } })}\n`,
  );
  await expect(MetricsLog.resume(path, 2)).rejects.toThrow(
    /some of its validation figures are PSNRs, some are losses/,
  );
  await expect(MetricsLog.resume(`${path}.none`, 2)).rejects.toThrow(/no such file/);
});
