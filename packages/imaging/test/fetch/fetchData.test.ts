import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { type ZenodoServer, zenodoServer } from "@clidim/testing/zenodoServer";
import { zipArchive } from "@clidim/testing/zipArchive";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dataSets } from "../../src/fetch/dataSets.js";
import { type FetchedData, type FetchHooks, fetchData } from "../../src/fetch/fetchData.js";
import { unfinishedPath } from "../../src/files/unfinished.js";
import { counterRandom } from "../../src/image/counterRandom.js";

const folder = temporaryFolder();
const { archive: archiveName, noisy, calibration } = dataSets.actin;
const random = counterRandom(3);
const pixels = Buffer.from(Uint8Array.from({ length: 400_000 }, () => Math.floor(256 * random.uniform())));
const archive = zipArchive([
  { name: `Mouse actin/${noisy}`, data: pixels },
  { name: `Mouse actin/${calibration}`, data: Buffer.from("calibration") },
]);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

let server: ZenodoServer;
let out: string;
let run = 0;
beforeAll(async () => {
  server = await zenodoServer(archive, archiveName);
});
beforeEach(() => {
  out = join(folder, `run${run++}`);
  Object.assign(server, {
    archive,
    md5: undefined,
    recordStatus: 200,
    statuses: [],
    cuts: [],
    ranges: true,
    etag: '"one"',
  });
  server.requests.length = 0;
});

const fetched = (hooks: FetchHooks = {}, checksum?: string): Promise<FetchedData> =>
  fetchData(
    { dataSet: "actin", out, baseUrl: server.baseUrl, ...(checksum !== undefined && { checksum }) },
    {
      pauseMilliseconds: 1,
      ...hooks,
      onProgress: (bytes, total) => {
        hooks.onProgress?.(bytes, total);
        server.arrived(bytes);
      },
    },
  );
const ranges = (): string[] => server.requests.map((line) => line.split(" ").at(-1)!);
const expectComplete = (): void => {
  expect(readdirSync(join(out, "actin")).sort()).toEqual([calibration, "fetched.json", noisy].sort());
  expect(readFileSync(join(out, "actin", noisy))).toEqual(pixels);
};

test("downloads, verifies and unpacks; the second time there is nothing to do", async () => {
  const progress: number[] = [];
  const phases: string[] = [];
  const result = await fetched({
    onProgress: (bytes, total) => progress.push(bytes / total!),
    onPhase: (sentence) => phases.push(sentence),
  });
  expect(result).toEqual({
    folder: join(out, "actin"),
    noisy: join(out, "actin", noisy),
    calibration: join(out, "actin", calibration),
    downloaded: true,
  });
  expectComplete();
  expect(server.requests).toEqual(["GET /record/5156937/files/Mouse%20actin.zip?download=1 -"]);
  expect(progress.at(-1)).toBe(1);
  expect(phases.map((sentence) => sentence.split(" ")[0])).toEqual(["Downloading", "Verifying", "Unpacking"]);
  const manifest = JSON.parse(readFileSync(join(out, "actin", "fetched.json"), "utf8"));
  expect(manifest.archive).toMatchObject({
    bytes: archive.length,
    sha256: sha256(archive),
    verifiedBy: ["record"],
  });
  expect(manifest.files[0]).toEqual({ path: noisy, bytes: pixels.length, sha256: sha256(pixels) });

  expect(await fetched()).toEqual({ ...result, downloaded: false });
  expect(server.requests).toHaveLength(1);
  await expect(fetched({}, `sha256:${"0".repeat(64)}`)).rejects.toThrow(
    /has sha256 .* but 0{64} was asked for/,
  );
  writeFileSync(join(out, "actin", noisy), "cut off");
  expect((await fetched()).downloaded).toBe(true);
  expectComplete();
});

test("a folder with images that were not fetched is refused, and they stay", async () => {
  mkdirSync(join(out, "actin"), { recursive: true });
  writeFileSync(join(out, "actin", noisy), "mine");
  await expect(fetched()).rejects.toThrow(/holds .*\.tif, which was not fetched; give another folder/);
  expect(readFileSync(join(out, "actin", noisy), "utf8")).toBe("mine");
  expect(server.requests).toEqual([]);
});

describe("a cut connection", () => {
  test("is taken up where it ended, as often as something arrives", async () => {
    server.cuts = [1000, 50_000, 7, 1, 1, 1, 1];
    await fetched();
    expectComplete();
    expect(ranges()).toEqual(
      ["-", 1000, 51_000, 51_007, 51_008, 51_009, 51_010, 51_011].map((at) =>
        at === "-" ? at : `bytes=${at}-`,
      ),
    );
  });

  test("is given up after five attempts without a byte; the next run goes on", async () => {
    server.cuts = [2000, 0, 0, 0, 0, 0];
    await expect(fetched()).rejects.toThrow(
      /the connection was cut, 5 times in a row; run the same command again to go on after 2000 bytes/,
    );
    server.requests.length = 0;
    server.cuts = [];
    await fetched();
    expect(ranges()).toEqual(["bytes=2000-"]);
    expectComplete();
  });

  test("is given up where the server starts over each time and gets no further", async () => {
    server.ranges = false;
    server.cuts = [4000, 2000, 4000, 3000, 4000, 2000, 4000];
    await expect(fetched()).rejects.toThrow(
      /the connection was cut, 5 times in a row; the server cannot go on where it was cut, so that the same command starts over$/,
    );
    expect(ranges()).toHaveLength(5);
  });

  test("starts over where the server cannot resume, or has another version by now", async () => {
    server.cuts = [3000];
    server.ranges = false;
    await fetched();
    expect(ranges()).toEqual(["-", "bytes=3000-"]);
    expectComplete();

    out = join(folder, `run${run++}`);
    server.cuts = [3000, 0, 0, 0, 0, 0];
    server.archive = Buffer.concat([Buffer.from("older"), archive]);
    server.ranges = true;
    await expect(fetched()).rejects.toThrow(/5 times in a row/);
    Object.assign(server, { archive, cuts: [], etag: '"two"' });
    await fetched();
    expectComplete();
  });

  test("without a validator the size tells another version", async () => {
    server.etag = "";
    server.cuts = [3000, 0, 0, 0, 0, 0];
    server.archive = Buffer.concat([Buffer.from("older"), archive]);
    await expect(fetched()).rejects.toThrow(/5 times in a row/);
    Object.assign(server, { archive, cuts: [] });
    server.requests.length = 0;
    await fetched();
    expect(ranges()).toEqual(["bytes=3000-", "-"]);
    expectComplete();
  });
});

test("of two at a time, the second is refused, and the first one completes", async () => {
  let second: Promise<unknown> | undefined;
  const onProgress = (): void => {
    second ??= fetched().catch((error: unknown) => error);
  };
  await fetched({ onProgress });
  expect(String(await second)).toMatch(/a download writes there since .*; wait for its end/);
  expectComplete();
});

test("what a fetch that was killed while it took its lock has left is removed, on whichever host that was", async () => {
  const place = join(out, "actin");
  mkdirSync(place, { recursive: true });
  const left = unfinishedPath(join(place, ".download.lock"));
  // Twelve digits of the host, and eight of the process.
  const elsewhere = left.replace(/[0-9a-f]{20}(?=\.[0-9a-f]{12}\.part$)/, "0".repeat(20));
  const ended = left.replace(/[0-9a-f]{8}(?=\.[0-9a-f]{12}\.part$)/, "7fffffff");
  for (const path of [elsewhere, ended]) writeFileSync(path, "");
  await fetched();
  expectComplete();
});

test("an interruption keeps what there is, and the next run goes on", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  server.cuts = [4000];
  const stopped = fetched({
    signal: controller.signal,
    onProgress: (bytes) => bytes >= 4000 && controller.abort(reason),
  });
  await expect(stopped).rejects.toBe(reason);
  server.requests.length = 0;
  await fetched();
  expect(ranges()).toEqual(["bytes=4000-"]);
  expectComplete();
});

describe("checksums", () => {
  test("another than the record's is refused, and what was downloaded removed", async () => {
    server.md5 = "0123456789abcdef0123456789abcdef";
    await expect(fetched()).rejects.toThrow(
      /Mouse actin\.zip has md5 [0-9a-f]{32}, but 0123456789abcdef0123456789abcdef is what record 5156937 states/,
    );
    expect(readdirSync(join(out, "actin"))).toEqual([]);
  });

  test("another than was asked for is refused; the right one is noted; one that is none is named", async () => {
    await expect(fetched({}, `sha256:${"a".repeat(64)}`)).rejects.toThrow(/but a{64} was asked for/);
    expect(readdirSync(join(out, "actin"))).toEqual([]);
    await fetched({}, `SHA256:${sha256(archive).toUpperCase()}`);
    const manifest = JSON.parse(readFileSync(join(out, "actin", "fetched.json"), "utf8"));
    expect(manifest.archive.verifiedBy).toEqual(["record", "option"]);
    await expect(fetched({}, "sha1:abc")).rejects.toThrow(/checksum sha1:abc: expected sha256: and 64/);
  });

  test("a record that does not answer is told of, and does not stop the download", async () => {
    const warnings: string[] = [];
    server.recordStatus = 404;
    await fetched({ onWarning: (sentence) => warnings.push(sentence) });
    expect(warnings).toEqual([
      `${server.baseUrl}/api/records/5156937 answered 404; the archive is not compared with a published checksum`,
    ]);
    const manifest = JSON.parse(readFileSync(join(out, "actin", "fetched.json"), "utf8"));
    expect(manifest.archive.verifiedBy).toEqual([]);
  });
});

describe("a server that refuses", () => {
  test("404 is one sentence at once", async () => {
    server.statuses = [404];
    await expect(fetched()).rejects.toThrow(
      /Mouse%20actin\.zip\?download=1: the server answered 404 Not Found/,
    );
    expect(server.requests).toHaveLength(1);
  });

  test("503 is tried again, and given up in the end", async () => {
    server.statuses = [503, 429, 503];
    await fetched();
    expectComplete();
    out = join(folder, `run${run++}`);
    server.statuses = [503, 503, 503, 503, 503];
    await expect(fetched()).rejects.toThrow(/the server answered 503 Service Unavailable, 5 times in a row/);
  });

  test("no server is one sentence, and nothing is written", async () => {
    const run = fetchData({ dataSet: "nuclei", out, baseUrl: "http://127.0.0.1:9" });
    await expect(run).rejects.toThrow(/^cannot reach 127\.0\.0\.1:9: .*; a network connection is needed/);
    expect(existsSync(out)).toBe(false);
  });
});

test("an archive that is damaged or without the expected files is said so, and downloaded anew the next time", async () => {
  server.archive = zipArchive([{ name: "other.tif", data: Buffer.from("x") }]);
  await expect(fetched()).rejects.toThrow(/Mouse actin\.zip holds no sample_attempt2\.tif; found other\.tif/);
  server.archive = Buffer.concat([archive.subarray(0, 200), Buffer.from("x"), archive.subarray(201)]);
  await expect(fetched()).rejects.toThrow(/is damaged: .*; download it again/);
  expect(readdirSync(join(out, "actin"))).toEqual(["other.tif"]);
  server.archive = archive;
  expect((await fetched()).downloaded).toBe(true);
});
