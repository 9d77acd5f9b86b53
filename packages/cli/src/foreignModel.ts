import type { ForeignReader } from "@clidim/denoise/node";

/** Files whose names end like ONNX files and archives of the BioImage Model Zoo, by what is loaded for these alone. */
export const foreignModel: ForeignReader = async (bytes, name) => {
  if (!/\.(onnx|zip)$/i.test(name)) return undefined;
  const { importDenoiser } = await import("@clidim/import");
  return importDenoiser(bytes, name);
};
