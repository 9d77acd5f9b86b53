import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openDevice } from "@clidim/denoise/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { main } from "../src/main.js";
import { captureTerminal, interruptAt } from "./capture.js";

const cache = temporaryFolder();
const tiles = join(cache, "clidim", "tiles");
const args = ["tune", "--batch", "2", "--crop", "32", "--ngf", "2", "--ndf", "2", "--downs", "2"];

// The adapter is found through the real cache directory.
beforeAll(async () => void (await openDevice()));
beforeEach(() => void vi.stubEnv("XDG_CACHE_HOME", cache));
afterEach(() => void vi.unstubAllEnvs());

test("Ctrl-C ends with 130 before the next product, and nothing is kept", async () => {
  const { printed, ...terminal } = captureTerminal(false, interruptAt("product 0/"));
  expect(await main(args, terminal), printed.err).toBe(130);
  expect(printed.err).toContain("Stopping: after the product at hand; nothing is kept");
  expect(printed.out).toBe("");
  expect(existsSync(tiles)).toBe(false);
});

test("prints the slowest products with the times of their tiles, and where the choices are kept", async () => {
  const { printed, ...terminal } = captureTerminal();
  expect(await main(args, terminal), printed.err).toBe(0);
  const [file] = readdirSync(tiles);
  const [adapter, ...lines] = printed.out.trimEnd().split("\n");
  expect(adapter).toMatch(/^Adapter ./);
  const last = /^(\d+) products; kept in (.*)$/.exec(lines.pop()!);
  expect(last?.[2]).toBe(join(tiles, file!));
  expect(lines).toHaveLength(Math.min(20, Number(last?.[1])));
  const kept = JSON.parse(readFileSync(join(tiles, file!), "utf8")).tiles;
  const times = lines.map((line) => {
    const [, product, tile, time] = /^(.*?) {2,}(\S+) +(\d+\.\d\d) ms {2}\(/.exec(line)!;
    expect(kept[product!.trimEnd()], line).toBe(tile);
    return Number(time);
  });
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  expect(printed.err).toMatch(/^product 0\/\d+ \S+ \d+x\d+x\d+/m);
});
