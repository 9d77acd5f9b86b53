import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { dataSets } from "@clidim/imaging";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { afterAll, beforeAll, expect, test } from "vitest";
import { main } from "../src/main.js";
import { captureTerminal } from "./capture.js";

const folder = temporaryFolder();

/** A zip archive of files that are stored as they are. */
function stored(names: readonly string[]): Buffer {
  const data = Buffer.from("pixels");
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const name of names) {
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt32LE(crc32(data), 16);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(data.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    bodies.push(local, Buffer.from(name), data);
    directory.push(entry, Buffer.from(name));
    offset += 30 + name.length + data.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(names.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

const { noisy, calibration } = dataSets.nuclei;
const archive = stored([noisy, calibration]);
// It has no record of nuclei, and no archive of actin.
const server = createServer((request, response) => {
  const found = request.url?.startsWith(`/record/${dataSets.nuclei.record}/files/`);
  response.writeHead(found ? 200 : 404, found ? { "content-length": archive.length } : {});
  response.end(found ? archive : undefined);
});
let baseUrl: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server that listens has one
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { printed, ...terminal } = captureTerminal();
  const code = await main(["fetch", ...args], terminal);
  return { code, ...printed };
}

test("says what it does, where the data are, and what was not verified", async () => {
  const out = join(folder, "data");
  const { code, out: printed, err } = await run("nuclei", "--out", out, "--base-url", `${baseUrl}/`);
  expect(code, err).toBe(0);
  expect(err).toMatch(/^Note: .*answered 404; the archive is not compared with a published checksum$/m);
  expect(err).toMatch(
    /^Downloading Mouse skull nuclei .* from http.*Mouse%20skull%20nuclei\.zip\?download=1$/m,
  );
  expect(err).toMatch(/^MB 1\/1/m);
  expect(printed).toContain(
    `Fetched ${join(out, "nuclei")}\nNoisy captures: ${join(out, "nuclei", noisy)}\n`,
  );
  expect(existsSync(join(out, "nuclei", calibration))).toBe(true);
  expect((await run("nuclei", "--out", out, "--base-url", baseUrl)).out).toContain("is there already");
});

test.each([
  ["a missing archive", ["actin"], /^clidim: http.*the server answered 404 Not Found, expected the file$/m],
  ["a data set that is none", ["brain"], /Allowed choices are convallaria, actin, nuclei/],
  ["a checksum that is none", ["actin", "--checksum", "12"], /^clidim: checksum 12: expected sha256:/],
  [
    "no network",
    ["actin", "--base-url", "http://127.0.0.1:9"],
    /^clidim: cannot reach 127\.0\.0\.1:9: .*network/,
  ],
])("%s is one sentence and exit code 2", async (_, args, sentence) => {
  const out = join(folder, "refused");
  const { code, err } = await run("--out", out, "--base-url", baseUrl, ...args);
  expect(code).toBe(2);
  expect(err).toMatch(sentence);
});
