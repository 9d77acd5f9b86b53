import { InputError } from "../../image/inputError.js";
import type { FileFormat } from "../format.js";

/** A format of a microscope's maker, as Bio-Formats reads it. */
interface Row {
  readonly name: string;
  readonly extensions: readonly string[];
  /** What its files begin with. */
  readonly signature?: readonly number[] | string;
  /** Its files begin as those of TIFF do, and have the image elsewhere or several times: here the name counts. */
  readonly looksLikeTiff?: true;
}

const rows: readonly Row[] = [
  { name: "Zeiss CZI", extensions: [".czi"], signature: "ZISRAWFILE" },
  { name: "Zeiss ZVI", extensions: [".zvi"] },
  { name: "Nikon ND2", extensions: [".nd2"], signature: [0xda, 0xce, 0xbe, 0x0a] },
  { name: "Leica LIF", extensions: [".lif"], signature: [0x70, 0, 0, 0] },
  { name: "Leica LOF", extensions: [".lof"] },
  { name: "Leica XLEF", extensions: [".xlef"] },
  { name: "Leica SCN", extensions: [".scn"], looksLikeTiff: true },
  { name: "Olympus OIB", extensions: [".oib"] },
  { name: "Olympus OIF", extensions: [".oif"] },
  { name: "Olympus OIR", extensions: [".oir"], signature: "OLYMPUSRAWFORMAT" },
  { name: "Olympus VSI", extensions: [".vsi"], looksLikeTiff: true },
  { name: "Imaris IMS", extensions: [".ims"] },
  { name: "ICS", extensions: [".ics"], signature: "\t\nics_version" },
  { name: "ICS data", extensions: [".ids"] },
  { name: "DeltaVision", extensions: [".dv", ".r3d"] },
  { name: "MRC", extensions: [".mrc"] },
  { name: "SlideBook", extensions: [".sld"] },
  { name: "Andor SIF", extensions: [".sif"], signature: "Andor Technology" },
  { name: "Imspector OBF", extensions: [".obf", ".msr"], signature: "OMAS_BF" },
  { name: "Gatan DM", extensions: [".dm3", ".dm4"] },
  { name: "Volocity", extensions: [".mvd2"] },
  { name: "Hamamatsu HIS", extensions: [".his"] },
  { name: "Hamamatsu NDPI", extensions: [".ndpi"], looksLikeTiff: true },
  { name: "Bio-Rad PIC", extensions: [".pic"] },
  { name: "SPE", extensions: [".spe"] },
];

/** Formats that are recognised and not read: where Bio-Formats is installed, `openImageFile` of Node converts their files first. */
export const bioformats: readonly FileFormat[] = rows.map((row) => {
  const { name, extensions } = row;
  return {
    name,
    extensions,
    converted: true,
    matches: (file, firstBytes) =>
      (row.looksLikeTiff && extensions.some((extension) => file.toLowerCase().endsWith(extension))) ||
      hasSignature(row, firstBytes),
    open: async (_bytes, file) => {
      throw new InputError(
        `${file} is a file of ${name}, which Bio-Formats reads: install its bfconvert, or convert it elsewhere: ${conversionCommand(file)}`,
      );
    },
  };
});

/** What to type to convert a file. */
function conversionCommand(file: string): string {
  const quoted = (path: string): string => `"${path.replace(/["\\$`]/g, "\\$&")}"`;
  return `bfconvert -bigtiff ${quoted(file)} ${quoted(`${file.replace(/\.[^./\\]+$/, "")}.ome.tif`)}`;
}

function hasSignature({ signature }: Row, firstBytes: Uint8Array): boolean {
  if (!signature) return false;
  const bytes = typeof signature === "string" ? new TextEncoder().encode(signature) : signature;
  return bytes.every((byte, i) => firstBytes[i] === byte);
}
