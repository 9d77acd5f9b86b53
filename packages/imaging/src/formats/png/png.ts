import { type DecodedPng, decode, encode } from "fast-png";
import type { PixelArrays, PixelType } from "../../image/image.js";
import { InputError } from "../../image/inputError.js";
import { planarSource } from "../../image/planarSource.js";
import { type Provenance, provenanceText } from "../../image/provenance.js";
import { cutPlane } from "../../image/regions.js";
import { selectPages } from "../../image/selectPages.js";
import { pageCountOf, pageSizeOf } from "../../image/source.js";
import type { ImageFormat, ImageHeader } from "../format.js";
import type { RandomAccess } from "../randomAccess.js";
import { pngNotes } from "./pngNotes.js";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Signature, and the chunk IHDR with its length, name, 13 bytes and checksum. */
const HEADER_BYTES = 33;

/** Pixels of so many bytes are decoded of any file. */
const FREE_BYTES = 2 ** 26;

/** What the pixels of each colour type that is read consist of, transparency last. */
const SAMPLES: Readonly<Record<number, readonly string[]>> = {
  0: ["grey"],
  2: ["red", "green", "blue"],
  4: ["grey", "alpha"],
  6: ["red", "green", "blue", "alpha"],
};
const PALETTE = 3;

/** What says that the channels of an image are the samples of a PNG's pixels. */
interface PngSamples {
  readonly samples: number;
}

/** PNG of 8 or 16 bits, grey or in red, green and blue, with transparency or without: its samples are channels. Decoded as a whole at every read, without metadata. */
export const png: ImageFormat = {
  name: "PNG",
  extensions: [".png"],
  onePlane: true,
  integers: true,
  matches: (_name, firstBytes) => isPng(firstBytes),
  open: async (bytes, name, pages) => {
    const { width, height, dtype, samples } = await readHeader(bytes, name);
    const own: PngSamples = { samples: samples.length };
    const transparency = samples.indexOf("alpha");
    const several = samples.length > 1;
    const notes = await pngNotes(bytes);
    const source = planarSource({
      format: "PNG",
      name,
      axes: several ? ["C", "Y", "X"] : ["Y", "X"],
      shape: several ? [samples.length, height, width] : [height, width],
      dtype,
      chunks: several ? [1, height, width] : [height, width],
      metadata: {
        ...(several && {
          channels: samples,
          ...(transparency >= 0 && { transparency }),
          own: { format: "PNG", calibration: undefined, display: own },
        }),
        ...(notes.length > 0 && { notes }),
      },
      software: async () => (await decoded(bytes, name)).text.Software,
      readPlane: async (index, window) => {
        const data = sampleOf(await readData(bytes, name, dtype), index, samples.length);
        if (window.width === width && window.height === height) return data;
        // `cutPlane` keeps the type of the array.
        return cutPlane({ width, height, data }, window).data as PixelArrays[PixelType];
      },
      close: async () => {},
    });
    return selectPages(source, pages);
  },
  create: async (sink, header, name) => {
    const { dtype } = header;
    if (dtype !== "uint8" && dtype !== "uint16") {
      throw new InputError(`write ${name}: a PNG holds uint8 or uint16, got ${dtype}; write a TIFF`);
    }
    const channels = samplesWritten(header);
    if (pageCountOf(header) > channels) {
      throw new InputError(`write ${name}: a PNG holds one page, got ${pageCountOf(header)}; write a TIFF`);
    }
    const { width, height } = pageSizeOf(header);
    const depth = dtype === "uint8" ? 8 : 16;
    const text = header.provenance && textOf(header.provenance);
    const pixels = new (dtype === "uint8" ? Uint8Array : Uint16Array)(width * height * channels);
    let sample = 0;
    return {
      writePage: async ({ data }) => {
        for (let i = 0; i < data.length; i++) pixels[i * channels + sample] = data[i]!;
        if (++sample < channels) return;
        await sink.write(encode({ width, height, data: pixels, depth, channels, ...(text && { text }) }), 0);
      },
      close: () => sink.commit(),
      abort: () => sink.abort(),
    };
  },
};

/** How many samples the pixels of a PNG have: those that it was read with, where all of them are written. */
function samplesWritten({ axes, shape, metadata }: ImageHeader): 1 | 2 | 3 | 4 {
  if (metadata?.own?.format !== "PNG" || axes.at(-3) !== "C") return 1;
  // Nobody but this format makes an own part of this name.
  const { samples } = (metadata.own.display ?? { samples: 1 }) as PngSamples;
  if (samples !== shape.at(-3)) return 1;
  return samples === 2 || samples === 3 || samples === 4 ? samples : 1;
}

/** Every so many values. */
function sampleOf(data: Uint8Array | Uint16Array, sample: number, samples: number): Uint8Array | Uint16Array {
  if (samples === 1) return data;
  const out =
    data instanceof Uint8Array
      ? new Uint8Array(data.length / samples)
      : new Uint16Array(data.length / samples);
  for (let i = 0; i < out.length; i++) out[i] = data[i * samples + sample]!;
  return out;
}

/** Chunks of text, by the keywords that PNG has for them. They are Latin-1. */
function textOf(provenance: Provenance): Record<string, string> {
  const latin1 = (text: string): string => text.replaceAll(/[^\n -~\u00a0-\u00ff]/g, "?");
  return { Software: latin1(provenance.software), Comment: latin1(provenanceText(provenance)) };
}

const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

async function readHeader(
  bytes: RandomAccess,
  name: string,
): Promise<{
  readonly width: number;
  readonly height: number;
  readonly dtype: "uint8" | "uint16";
  readonly samples: readonly string[];
}> {
  const header = await bytes.read(0, Math.min(HEADER_BYTES, bytes.byteLength));
  if (!isPng(header)) throw new InputError(`${name} is not a PNG file; expected an image`);
  if (header.length < HEADER_BYTES)
    throw new InputError(`${name} is truncated: its header ends after ${header.length} bytes`);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [width, height, depth, colour] = [view.getUint32(16), view.getUint32(20), header[24]!, header[25]!];
  if (!(width > 0 && height > 0)) throw new InputError(`${name} has no pixels`);
  const samples = SAMPLES[colour];
  if (!samples) {
    const kind = colour === PALETTE ? "a palette of colours" : `colour type ${colour}`;
    throw new InputError(`${name} has ${kind}, expected grey or red, green and blue; convert it first`);
  }
  if (depth !== 8 && depth !== 16) {
    throw new InputError(
      `${name} has ${depth} ${depth === 1 ? "bit" : "bits"} per sample, expected 8 or 16; convert it first`,
    );
  }
  // Deflate makes at most 1032 bytes of one.
  const needed = height * (1 + (width * samples.length * depth) / 8);
  if (needed > Math.max(FREE_BYTES, bytes.byteLength * 1032)) {
    throw new InputError(
      `${name} is damaged: its header says that it has ${width} x ${height} pixels, which no ${bytes.byteLength} bytes can hold`,
    );
  }
  return { width, height, dtype: depth === 8 ? "uint8" : "uint16", samples };
}

async function readData(
  bytes: RandomAccess,
  name: string,
  dtype: "uint8" | "uint16",
): Promise<Uint8Array | Uint16Array> {
  const { data } = await decoded(bytes, name);
  if (dtype === "uint8" && data instanceof Uint8Array) return data;
  if (dtype === "uint16" && data instanceof Uint16Array) return data;
  throw damaged(name, new Error(`decoded pixels are not ${dtype}`));
}

async function decoded(bytes: RandomAccess, name: string): Promise<DecodedPng> {
  const file = await bytes.read(0, bytes.byteLength);
  try {
    return decode(file, { checkCrc: true });
  } catch (error) {
    throw damaged(name, error);
  }
}

function damaged(name: string, error: unknown): InputError {
  const message = error instanceof Error ? error.message : String(error);
  return new InputError(`${name} is truncated or damaged: it cannot be decoded (${message})`, {
    cause: error,
  });
}
