import { type DecodedPng, decode, encode } from "fast-png";
import type { PixelArrays, PixelType } from "../../image/image.js";
import { InputError } from "../../image/inputError.js";
import { planarSource } from "../../image/planarSource.js";
import { type Provenance, provenanceText } from "../../image/provenance.js";
import { cutPlane } from "../../image/regions.js";
import { selectPages } from "../../image/selectPages.js";
import { pageCountOf, pageSizeOf } from "../../image/source.js";
import type { ImageFormat } from "../format.js";
import type { RandomAccess } from "../randomAccess.js";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Signature, and the chunk IHDR with its length, name, 13 bytes and checksum. */
const HEADER_BYTES = 33;

/** Colour types. */
const GREY = 0;
const COLOUR_TYPES: Readonly<Record<number, string>> = {
  2: "colours",
  3: "a palette of colours",
  4: "grey with transparency",
  6: "colours with transparency",
};

/** PNG of 8 or 16 bits of grey. One page, decoded as a whole at every read, without metadata. */
export const png: ImageFormat = {
  name: "PNG",
  extensions: [".png"],
  matches: (_name, firstBytes) => isPng(firstBytes),
  open: async (bytes, name, pages) => {
    const { width, height, dtype } = await readHeader(bytes, name);
    const source = planarSource({
      format: "PNG",
      name,
      axes: ["Y", "X"],
      shape: [height, width],
      dtype,
      chunks: [height, width],
      metadata: {},
      software: async () => (await decoded(bytes, name)).text.Software,
      readPlane: async (_index, window) => {
        const data = await readData(bytes, name, dtype);
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
    if (pageCountOf(header) > 1) {
      throw new InputError(`write ${name}: a PNG holds one page, got ${pageCountOf(header)}; write a TIFF`);
    }
    const { width, height } = pageSizeOf(header);
    const depth = dtype === "uint8" ? 8 : 16;
    const text = header.provenance && textOf(header.provenance);
    return {
      // The type of the page's array is that of the header's dtype.
      writePage: ({ data }) =>
        sink.write(
          encode({
            width,
            height,
            data: data as Uint8Array | Uint16Array,
            depth,
            channels: 1,
            ...(text && { text }),
          }),
          0,
        ),
      close: () => sink.commit(),
      abort: () => sink.abort(),
    };
  },
};

/** Chunks of text, by the keywords that PNG has for them. They are Latin-1. */
function textOf(provenance: Provenance): Record<string, string> {
  const latin1 = (text: string): string => text.replaceAll(/[^\n -~\u00a0-\u00ff]/g, "?");
  return { Software: latin1(provenance.software), Comment: latin1(provenanceText(provenance)) };
}

const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

async function readHeader(
  bytes: RandomAccess,
  name: string,
): Promise<{ readonly width: number; readonly height: number; readonly dtype: "uint8" | "uint16" }> {
  const header = await bytes.read(0, Math.min(HEADER_BYTES, bytes.byteLength));
  if (!isPng(header)) throw new InputError(`${name} is not a PNG file; expected an image`);
  if (header.length < HEADER_BYTES)
    throw new InputError(`${name} is truncated: its header ends after ${header.length} bytes`);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [width, height, depth, colour] = [view.getUint32(16), view.getUint32(20), header[24]!, header[25]!];
  if (!(width > 0 && height > 0)) throw new InputError(`${name} has no pixels`);
  if (colour !== GREY) {
    throw new InputError(
      `${name} has ${COLOUR_TYPES[colour] ?? `colour type ${colour}`}, expected grey; convert it first`,
    );
  }
  if (depth !== 8 && depth !== 16) {
    throw new InputError(
      `${name} has ${depth} ${depth === 1 ? "bit" : "bits"} per pixel, expected 8 or 16; convert it first`,
    );
  }
  return { width, height, dtype: depth === 8 ? "uint8" : "uint16" };
}

async function readData(
  bytes: RandomAccess,
  name: string,
  dtype: "uint8" | "uint16",
): Promise<PixelArrays[PixelType]> {
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
