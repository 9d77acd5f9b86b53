import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { pageCountOf, pageRegion, type RandomStream } from "@clidim/imaging";
import { openImageFile } from "@clidim/imaging/node";
import { readNpz, readSafetensors, writeNpz, writeSafetensors } from "@clidim/tensor";
import { zipArchive } from "@clidim/testing/zipArchive";
import { parseConfigurationYaml } from "../../packages/denoise/src/configuration/configurationYaml.js";
import { openDescribed, writeDescribed } from "../../packages/denoise/src/model/describedSafetensors.js";
import { MetricsLog } from "../../packages/denoise/src/training/metricsLog.js";
import { unzip } from "../../packages/imaging/src/fetch/unzip.js";
import { shippedMatrix } from "../../packages/imaging/test/formats/tiff/decodingMatrix.js";
import { tiffBytes } from "../../packages/imaging/test/formats/tiff/tiffBytes.js";
import { type Mutation, mutateBytes, mutateText, mutateTiff } from "./mutations.js";

/** A kind of file that comes from elsewhere, and what reads it. */
export interface Target {
  readonly name: string;
  /** The ending of its files. */
  readonly ending: string;
  /** Whole files, of which damaged ones are made. */
  readonly seeds: () => readonly Uint8Array[];
  readonly mutate: Mutation;
  /** Reads a file. It may refuse it with an error that `refuses`. */
  readonly read: (path: string, bytes: Uint8Array) => Promise<unknown>;
  /** How errors begin that libraries without `InputError` refuse a file with. */
  readonly refuses?: RegExp;
  /** Bytes of which one byte of a file may stand for as many, at most. */
  readonly ratio: number;
  /** Of the time of all. */
  readonly share: number;
}

const ramp = (length: number, step: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * step + (i >> 5)) % 256);

const text = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(`${lines.join("\n")}\n`);

/** Planes along axes that a description speaks of: so many behind each directory. */
function describedTiff(description: string, pages: number, planes = 1): Uint8Array {
  return tiffBytes(
    Array.from({ length: pages }, (_, page) => ({
      blocks: [ramp(12 * 10 * 2 * planes, 7 + page)],
      tags: {
        ...{ 256: [12], 257: [10], 258: [16], 259: [1], 262: [1], 277: [1], 278: [10] },
        ...(page === 0 && { 270: description, 305: "a program" }),
      },
    })),
  );
}

const OME = `<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0" Name="a"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="12" SizeY="10" SizeZ="3" SizeC="2" SizeT="1" PhysicalSizeX="0.1" PhysicalSizeXUnit="um"><Channel ID="Channel:0:0" Name="DAPI"/><Channel ID="Channel:0:1"/><TiffData IFD="0" FirstZ="0" FirstC="0" FirstT="0" PlaneCount="6"/></Pixels></Image></OME>`;

function tiffSeeds(): Uint8Array[] {
  return [
    ...shippedMatrix().map(([, bytes]) => bytes),
    describedTiff(
      "ImageJ=1.54f\nimages=6\nchannels=2\nslices=3\nhyperstack=true\nunit=um\nspacing=0.3\nmin=0\nmax=9\n",
      6,
    ),
    // One directory, and what may be planes behind it.
    describedTiff("ImageJ=1.54f\nimages=6\nslices=6\n", 1, 6),
    describedTiff('{"shape": [2, 3, 10, 12], "axes": "CZYX"}', 6),
    describedTiff('{"shape": [6, 10, 12], "truncated": true}', 1, 6),
    describedTiff(OME, 6),
  ];
}

/** A PNG with whole checksums, whatever its chunks say. */
function pngOf(header: readonly number[], rows: Uint8Array): Uint8Array {
  const chunk = (kind: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  return Uint8Array.from(
    Buffer.concat([
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
      chunk("IHDR", Uint8Array.from(header)),
      chunk("tEXt", Buffer.from("Software\0a program")),
      chunk("IDAT", deflateSync(rows)),
      chunk("IEND", new Uint8Array(0)),
    ]),
  );
}

/** Rows of a PNG, each with another filter. */
const filtered = (rows: number, rowBytes: number): Uint8Array =>
  Uint8Array.from({ length: rows * (1 + rowBytes) }, (_, i) =>
    i % (1 + rowBytes) === 0 ? Math.floor(i / (1 + rowBytes)) % 5 : (i * 7) % 256,
  );

const pngSeeds = (): Uint8Array[] => [
  pngOf([0, 0, 0, 12, 0, 0, 0, 10, 16, 0, 0, 0, 0], filtered(10, 24)),
  pngOf([0, 0, 0, 12, 0, 0, 0, 10, 8, 2, 0, 0, 0], filtered(10, 36)),
  pngOf([0, 0, 0, 12, 0, 0, 0, 10, 8, 0, 0, 0, 1], new Uint8Array(400)),
];

/** As `mutateBytes`; most of the time checksums are put right afterwards, so that what they guard is reached. */
const mutatePng: Mutation = (bytes, random) => {
  const out = mutateBytes(bytes, random);
  if (random.integer(4) === 0) return out;
  const view = Buffer.from(out.buffer, out.byteOffset, out.byteLength);
  for (let at = 8; at + 12 <= view.length; ) {
    const end = at + 8 + view.readUInt32BE(at);
    if (end + 4 > view.length) break;
    view.writeUInt32BE(crc32(view.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return out;
};

const zipSeeds = (): Uint8Array[] =>
  [
    zipArchive([
      { name: "set/a.tif", data: ramp(300, 5) },
      { name: "set/b/c.tif", data: ramp(40, 3), deflate: false },
      { name: "set/d.txt", data: new Uint8Array(3000) },
    ]),
    zipArchive([{ name: "a.tif", data: ramp(300, 5), zip64: true }], { zip64: true, comment: "a comment" }),
  ].map((archive) => Uint8Array.from(archive));

const tensors = {
  a: { dtype: "f32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  b: { dtype: "i32", shape: [4], data: Int32Array.of(1, 2, 3, 4) },
} as const;

const YAML: readonly (readonly string[])[] = [
  [
    ...[
      "method: clidim",
      "preset: quick",
      "updates: 1500",
      "crop: 64",
      "batch: 4",
      "weights:",
      "  pixel: 1.0",
    ],
    ...["  ssim: 0.5 # as published", "noise: { gain: 2.5, offset: 100 }", "list: [1, 2, 3]", 'text: "a b"'],
  ],
  ["base: &base", "  a: 1", "  b: [1, 2]", "more:", "  <<: *base", "  c: &c [1, 2]", "  d: [*c, *c]"],
];

const METRICS: readonly string[] = [
  '{"update":0,"seconds":0,"losses":{},"validation":{"psnr":20.5,"ssim":0.5}}',
  '{"update":100,"seconds":1.5,"losses":{"loss":0.1,"pixel":0.05},"lossScale":{"scale":65536,"skipped":1}}',
  '{"update":200,"seconds":3,"losses":{"loss":0.09},"validation":{"psnr":null,"ssim":0.7},"learningRate":0.0005}',
  '{"update":300,"seconds":4,"losses":{"loss":null},"validation":{"psnr":21,"ssim":0.6}}',
];

/** Part of the first page, and the last one. */
async function readImage(path: string): Promise<void> {
  const source = await openImageFile(path);
  try {
    const [height, width] = source.shape.slice(-2) as [number, number]; // every source has Y and X
    const window = { x: 0, y: 0, width: Math.min(width, 64), height: Math.min(height, 64) };
    await source.read(pageRegion(source, 0, window));
    await source.read(pageRegion(source, pageCountOf(source) - 1));
  } finally {
    await source.close();
  }
}

export const targets: readonly Target[] = [
  // Of zstd, four bytes stand for 2^17.
  {
    name: "tiff",
    ending: "tif",
    seeds: tiffSeeds,
    mutate: mutateTiff,
    read: readImage,
    ratio: 2 ** 15,
    share: 0.5,
  },
  {
    name: "png",
    ending: "png",
    seeds: pngSeeds,
    mutate: mutatePng,
    read: readImage,
    ratio: 1032,
    share: 0.1,
  },
  {
    ...{ name: "zip", ending: "zip", seeds: zipSeeds, mutate: mutateBytes, ratio: 1032, share: 0.1 },
    read: async (path) => {
      const into = join(dirname(path), "unpacked");
      mkdirSync(into, { recursive: true });
      try {
        await unzip(path, into);
      } finally {
        rmSync(into, { recursive: true, force: true });
      }
    },
  },
  {
    ...{ name: "npz", ending: "npz", mutate: mutateBytes, ratio: 1032, share: 0.1, refuses: /^readNpz: / },
    seeds: () => [writeNpz(tensors), writeNpz(tensors, { compress: true })],
    read: async (_path, bytes) => readNpz(bytes),
  },
  {
    ...{ name: "model", ending: "safetensors", ratio: 64, share: 0.05 },
    seeds: () => [writeDescribed(tensors, { format: "clidim-model", version: "1" })],
    mutate: (bytes, random) => (random.integer(2) ? mutateBytes : mutateText)(bytes, random),
    read: async (path, bytes) => openDescribed(bytes, path, "model"),
  },
  {
    ...{ name: "safetensors", ending: "safetensors", ratio: 64, share: 0.05, refuses: /^readSafetensors: / },
    seeds: () => [writeSafetensors(tensors, { format: "clidim-model", version: "1" })],
    mutate: (bytes, random) => (random.integer(2) ? mutateBytes : mutateText)(bytes, random),
    read: async (_path, bytes) => readSafetensors(bytes),
  },
  {
    ...{
      name: "yaml",
      ending: "yaml",
      seeds: () => YAML.map(text),
      mutate: mutateText,
      ratio: 64,
      share: 0.05,
    },
    // All of it is looked at.
    read: async (path) => JSON.stringify(parseConfigurationYaml(readFileSync(path, "utf8"), path).values),
  },
  {
    ...{
      name: "metrics",
      ending: "jsonl",
      seeds: () => [text(METRICS)],
      mutate: mutateText,
      ratio: 64,
      share: 0.05,
    },
    read: async (path) => {
      const log = await MetricsLog.resume(path, 1000);
      log.validation();
      log.figures();
    },
  },
];

/** The damaged file of a target, a seed and a number: the same ones make the same file. */
export function damagedFile(target: Target, seeds: readonly Uint8Array[], random: RandomStream): Uint8Array {
  return target.mutate(seeds[random.integer(seeds.length)]!, random);
}
